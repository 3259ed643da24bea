import type { DrillFault, FaultLease } from "@orderwatch/shared/ops/drill-faults.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createKeys } from "../crypto.ts";
import { createLog } from "../log.ts";
import { FaultHolder, ForgedLease } from "./leases.ts";
import { linger, skewClock, sufferOf } from "./points.ts";
import { signLease } from "./proof.ts";

const keys = createKeys("k".repeat(32));
const log = createLog({ level: "silent", name: "test" });
const clock = { now: () => new Date() };
const run = "0195a000-0000-7000-8000-00000000000f";
const leaseId = (n: number) => `0195a000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const everybody = { traffic: "live", percent: 100, orders: 1_000, buyers: 1_000 } as const;

let holder: FaultHolder;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  holder = new FaultHolder({
    ...{ target: "shop-1", keys, clock, log },
    points: ["database", "cache", "queue", "clock", "full_queue", "sold_out", "payment", "supplier"],
  });
});
afterEach(async () => {
  await holder.close();
  vi.useRealTimers();
});

function lease(fault: DrillFault, more: Partial<FaultLease> = {}): FaultLease {
  return {
    ...{ id: leaseId(1), run, fault, radius: everybody },
    expiresAt: new Date(Date.now() + 6_000).toISOString(),
    ...more,
  };
}
const grant = (granted: FaultLease, target = "shop-1") => holder.grant(signLease(keys, target, granted));
const fullQueue = { kind: "full_queue", rate: 1 } as const;

describe("O8: a fault in a process", () => {
  it("is over by itself when nobody renews it, without anybody passing by", () => {
    grant(lease(fullQueue));
    expect(holder.active("full_queue")).toHaveLength(1);
    vi.advanceTimersByTime(6_000);
    expect(holder.held.full_queue).toBeUndefined();
    expect(holder.report(leaseId(1)).state).toBe("expired");
  });

  it("that is taken back is reported as lingering while what it did is seen still", async () => {
    let isStopped = false;
    const supervisor = new FaultHolder({
      ...{ target: "supervisor", keys, clock, log, points: [] },
      effects: {
        freeze() {
          isStopped = true;
          return { end: () => undefined, lingers: () => isStopped };
        },
      },
    });
    supervisor.grant(signLease(keys, "supervisor", lease({ kind: "freeze", node: "shop-1" })));
    expect(supervisor.report(leaseId(1)).lingers).toBeUndefined();
    expect(await supervisor.revert(leaseId(1))).toMatchObject({ state: "reverted", lingers: true });
    isStopped = false;
    expect(supervisor.report(leaseId(1)).lingers).toBeUndefined();
    grant(lease(fullQueue));
    expect((await holder.revert(leaseId(1))).lingers).toBeUndefined();
  });

  it("is over for whoever passes by, though its timer never fired", () => {
    grant(lease(fullQueue));
    const now = performance.now();
    vi.spyOn(performance, "now").mockReturnValue(now + 6_001);
    expect(holder.active("full_queue")).toEqual([]);
    vi.mocked(performance.now).mockRestore();
  });

  it("goes on while it is renewed, and never longer than ten seconds at a time", () => {
    grant(lease(fullQueue));
    for (let n = 0; n < 5; n++) {
      vi.advanceTimersByTime(4_000);
      expect(holder.renew(signLease(keys, "shop-1", lease(fullQueue))).state).toBe("active");
    }
    const endless = lease(fullQueue, { expiresAt: "2999-01-01T00:00:00Z" });
    holder.renew(signLease(keys, "shop-1", endless));
    vi.advanceTimersByTime(10_000);
    expect(holder.report(leaseId(1)).state).toBe("expired");
  });

  it("is over when it is reverted; once more, and a grant that comes late, change nothing", async () => {
    grant(lease(fullQueue));
    expect((await holder.revert(leaseId(1))).state).toBe("reverted");
    expect((await holder.revert(leaseId(1))).state).toBe("reverted");
    expect(grant(lease(fullQueue)).state).toBe("reverted");
    expect(holder.held.full_queue).toBeUndefined();
  });

  it("lets nobody wait who still waits when it ends", async () => {
    const latencyMs = { p50: 60_000, p99: 60_000 };
    grant(lease({ kind: "database", node: "shop-1", latencyMs }));
    const [fault] = holder.active("database");
    const suffering = fault && sufferOf(fault);
    expect(suffering?.delayMs).toBe(60_000);
    const waited = suffering && linger(suffering);
    await holder.revert(leaseId(1));
    await waited;
  });

  it("that cannot begin or end says so", async () => {
    const broken = new FaultHolder({
      ...{ target: "supervisor", keys, clock, log, points: [] },
      effects: {
        kill: () => {
          throw new Error("there is no such process");
        },
        freeze: () => ({
          end() {
            throw new Error("it would not go on");
          },
        }),
      },
    });
    const order = (n: number, fault: DrillFault) =>
      broken.grant(signLease(keys, "supervisor", lease(fault, { id: leaseId(n) })));
    expect(order(1, { kind: "kill", node: "shop-9" })).toMatchObject({
      ...{ state: "failed", detail: "there is no such process" },
    });
    expect(order(2, { kind: "freeze", node: "shop-1" }).state).toBe("active");
    expect(await broken.revert(leaseId(2))).toMatchObject({ state: "failed", detail: "it would not go on" });
    expect(order(3, fullQueue)).toMatchObject({ state: "failed", detail: "full_queue is not offered here" });
  });
});

describe("a lease", () => {
  it("that is forged, changed or meant for another target is refused", () => {
    const good = signLease(keys, "shop-1", lease(fullQueue));
    const forged = [
      { ...good, proof: "AAAA" },
      { ...good, lease: { ...good.lease, radius: { ...everybody, orders: 2_000 } } },
      signLease(keys, "shop-2", lease(fullQueue)),
      signLease(createKeys("z".repeat(32)), "shop-1", lease(fullQueue)),
      { lease: good.lease },
      undefined,
    ];
    for (const signed of forged) {
      expect(() => holder.grant(signed)).toThrow(ForgedLease);
      expect(() => holder.renew(signed)).toThrow(ForgedLease);
    }
    expect(holder.held.full_queue).toBeUndefined();
  });

  it("that was recorded and is sent again later begins nothing", () => {
    const signed = signLease(keys, "shop-1", lease(fullQueue));
    vi.advanceTimersByTime(6_001);
    expect(holder.grant(signed).state).toBe("expired");
    expect(holder.held.full_queue).toBeUndefined();
  });
});

describe("O9: the radius of a fault", () => {
  const buyer = (n: number) => ({ order: `order-${n}`, origin: "buyer" as const });
  const shopper = (n: number) => ({ order: `shopper-${n}`, origin: "simulated" as const });

  it("reaches no order beyond its number, however many come by at once, and reports that it is full", () => {
    grant(lease(fullQueue, { radius: { ...everybody, orders: 3 } }));
    const [fault] = holder.active("full_queue");
    const touched = Array.from({ length: 100 }, (_, n) => fault?.touches(shopper(n))).filter(Boolean);
    expect(touched).toHaveLength(3);
    expect(fault?.touches(shopper(0))).toBe(true);
    expect(holder.report(leaseId(1))).toMatchObject({ limited: true, touched: { orders: 3, buyers: 0 } });
  });

  it("counts buyers apart, and an order whose origin is not known as one of them", () => {
    grant(lease(fullQueue, { radius: { ...everybody, buyers: 2 } }));
    const [fault] = holder.active("full_queue");
    expect([1, 2, 3].map((n) => fault?.touches(buyer(n)))).toEqual([true, true, false]);
    expect(fault?.touches({ order: "x", origin: null })).toBe(false);
    expect(fault?.touches(shopper(1))).toBe(true);
    expect(holder.report(leaseId(1)).touched).toEqual({ orders: 3, buyers: 2, passes: 0 });
  });

  it("of synthetic traffic has no buyer in it, and nobody whose origin is not known", () => {
    grant(lease(fullQueue, { radius: { ...everybody, traffic: "synthetic" } }));
    const [fault] = holder.active("full_queue");
    expect(fault?.touches(buyer(1))).toBe(false);
    expect(fault?.touches({ order: "x", origin: null })).toBe(false);
    expect(fault?.touches({ order: "x", origin: "drill" })).toBe(true);
  });

  it("of some percent holds about so many orders, and the same ones at every point", () => {
    const radius = { ...everybody, percent: 10 };
    grant(lease(fullQueue, { radius }));
    grant(lease({ kind: "payment", channel: "wechat", errorRate: 1 }, { id: leaseId(2), radius }));
    const [admission] = holder.active("full_queue");
    const [payment] = holder.active("payment");
    const all = Array.from({ length: 2_000 }, (_, n) => n);
    const touched = all.filter((n) => admission?.touches(buyer(n)));
    expect(touched.length).toBeGreaterThan(150);
    expect(touched.length).toBeLessThan(250);
    expect(all.filter((n) => payment?.touches(buyer(n)))).toEqual(touched);
  });
});

describe("rate 0 is the same as absent", () => {
  it.each<DrillFault>([
    { kind: "database", node: "shop-1", errorRate: 0, latencyMs: { p50: 0, p99: 0 } },
    { kind: "database", node: "shop-1" },
    { kind: "cache", node: "shop-1", errorRate: 0, latencyMs: { p50: 0, p99: 0 } },
    { kind: "cache", node: "shop-1" },
    { kind: "queue", node: "shop-1", dropRate: 0, errorRate: 0, latencyMs: { p50: 0, p99: 0 } },
    { kind: "queue", node: "shop-1" },
    { kind: "clock", node: "shop-1", offsetS: 0 },
    { kind: "full_queue", rate: 0 },
    { kind: "sold_out", rate: 0 },
    { kind: "sold_out", sku: "gift-100", rate: 0 },
    { kind: "supplier", errorRate: 0, latencyMs: { p50: 0, p99: 0 } },
    { kind: "supplier" },
    { kind: "payment", channel: "alipay", errorRate: 0, dropCallbacks: 0, delayCallbacksMs: 0 },
  ])("held and reported, and never met: %o", (fault) => {
    expect(grant(lease(fault)).state).toBe("active");
    expect(holder.held[fault.kind]).toBeUndefined();
    vi.advanceTimersByTime(6_000);
    expect(holder.report(leaseId(1)).state).toBe("expired");
  });
});

it("a skewed clock is wrong for as long as its fault lasts", async () => {
  const skewed = skewClock(clock, holder);
  const wrongByMs = () => skewed.now().getTime() - Date.now();
  grant(lease({ kind: "clock", node: "shop-1", offsetS: -120 }));
  expect(wrongByMs()).toBe(-120_000);
  await holder.revert(leaseId(1));
  expect(wrongByMs()).toBe(0);
});
