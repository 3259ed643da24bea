import { Words } from "@orderwatch/shared/words.ts";
import { describe, expect, it } from "vitest";
import type { PublicUpdate } from "./domain.ts";
import { healthOf, incidentsOf, type StatusFacts, statusAt, stockHealth } from "./domain.ts";

const now = new Date("2026-03-01T08:00:00Z");
const words = (en: string): Words => Words.parse({ en, "zh-CN": `${en}（中文）` });
const facts = (more: Partial<StatusFacts> = {}): StatusFacts => ({
  atMs: now.getTime(),
  channels: [
    { method: "wechat", paid: 20, failed: 0 },
    { method: "alipay", paid: 0, failed: 0 },
  ],
  paused: [],
  delivery: { delivered: 20, failed: 0, lagMs: 200 },
  stock: { products: 4, soldOut: 1 },
  incidents: [],
  ...more,
});
const update = (id: string, minute: number, more: Partial<PublicUpdate> = {}): PublicUpdate => ({
  ...{ id, incidentId: "one", startedAt: now, phase: "investigating", impact: { alipay: "down" } },
  ...{ title: words("Alipay"), text: words(id), publishedAt: new Date(now.getTime() + minute * 60_000) },
  ...more,
});
const component = (status: ReturnType<typeof statusAt>, wanted: string) =>
  status.components.find(({ name }) => name === wanted)?.status;

describe("the public status", () => {
  it("says nothing bad of a quiet hour: few outcomes prove nothing", () => {
    expect(healthOf(0, 4)).toBe("operational");
    expect(healthOf(0, 5)).toBe("down");
    expect(healthOf(7, 3)).toBe("degraded");
    expect(statusAt(facts(), now)).toMatchObject({ status: "operational" });
  });

  it("names the part that fails, and is down only when nobody can buy or get what they bought", () => {
    const [wechat, alipay] = facts().channels;
    const failing = { method: "alipay", paid: 0, failed: 9 } as const;
    const one = statusAt(facts({ channels: [wechat ?? failing, failing] }), now);
    expect(one.status).toBe("degraded");
    expect(component(one, "alipay")).toBe("down");
    const both = [{ method: "wechat", paid: 0, failed: 9 } as const, failing];
    expect(statusAt(facts({ channels: both }), now).status).toBe("down");
    expect(alipay).toBeDefined();
    const undelivered = { delivered: 0, failed: 9, lagMs: 0 };
    expect(statusAt(facts({ delivery: undelivered }), now).status).toBe("down");
  });

  it("names a payment method that staff have paused, and does not call the shop down for it", () => {
    const paused = statusAt(facts({ paused: ["alipay"] }), now);
    expect([paused.status, component(paused, "alipay"), component(paused, "wechat")]).toEqual([
      ...["degraded", "degraded", "operational"],
    ]);
  });

  it("calls delivery limited when a paid order has waited for more than a minute", () => {
    const late = statusAt(facts({ delivery: { delivered: 20, failed: 0, lagMs: 60_001 } }), now);
    expect([late.status, component(late, "delivery")]).toEqual(["degraded", "degraded"]);
  });

  it("tells empty shelves from a broken shop", () => {
    expect(stockHealth({ products: 0, soldOut: 0 })).toBe("operational");
    expect(stockHealth({ products: 4, soldOut: 2 })).toBe("operational");
    expect(stockHealth({ products: 4, soldOut: 3 })).toBe("degraded");
    expect(statusAt(facts({ stock: { products: 2, soldOut: 2 } }), now).status).toBe("degraded");
  });

  it("shows as down what the public was told is down, until it was told that it is over", () => {
    const told = incidentsOf([update("first", 0), update("second", 5, { phase: "monitoring" })]);
    expect(component(statusAt(facts({ incidents: told }), now), "alipay")).toBe("down");
    expect(told).toMatchObject([{ resolvedAt: null, updates: [{ id: "second" }, { id: "first" }] }]);
    const over = incidentsOf([update("first", 0), update("last", 9, { phase: "resolved" })]);
    const after = statusAt(facts({ incidents: over }), now);
    expect(after).toMatchObject({ status: "operational", incidents: { current: [] } });
    expect(after.incidents.past).toMatchObject([{ resolvedAt: "2026-03-01T08:09:00.000Z" }]);
  });

  it("never says that a part works which can no longer be looked at", () => {
    const later = new Date(now.getTime() + 20_001);
    const away = statusAt(facts(), later);
    expect(away.status).toBe("down");
    expect(away.components.map(({ status }) => status)).toEqual([
      ...["down", "unknown", "unknown", "unknown", "unknown"],
    ]);
  });
});
