import type { Alert } from "@orderwatch/shared/ops/detection.ts";
import type { DomainError } from "@orderwatch/shared/problem.ts";
import type { OrderStatus, Origin } from "@orderwatch/shared/shop/orders.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../../test/order-backend.ts";
import { verifyAudit } from "../audit/actions.ts";
import {
  actOnOrders,
  addNote,
  alertHooks,
  assignRole,
  changeLevel,
  declare,
  type IncidentContext,
  listIncidents,
  listOrders,
  merge,
  planStarted,
  readIncident,
  sweep,
  transition,
} from "./actions.ts";

let shop: TestShop;
let context: IncidentContext;
let heard: string[];
const by = { staff: { id: "staff-1", name: "Li Na" }, requestId: "request-1" };
const admin = { ...by, role: "admin" as const };
const minutes = (n: number) => n * 60_000;

beforeEach(async () => {
  shop = await openTestShop();
  heard = [];
  context = {
    ...shop,
    on: {
      opened: async (_, { number }) => void heard.push(`opened ${number}`),
      levelChanged: async (_, { level }) => void heard.push(`level ${level}`),
      acknowledged: async (_, __, { name }) => void heard.push(`acknowledged by ${name}`),
      ended: async (_, { state }) => void heard.push(state),
    },
  };
});
afterEach(() => shop.close());

function alert(more: Partial<Alert> = {}): Alert {
  const now = shop.clock.now().toISOString();
  const labels = more.labels ?? { channel: "alipay" };
  const rule = more.rule ?? "payment-channel-failing";
  return {
    ...{ id: shop.newId(), key: `${rule} ${JSON.stringify(labels)}`, rule, ruleVersion: 0, level: 2, labels },
    ...{
      title: { "zh-CN": "支付宝失败", en: "Alipay fails" },
      facts: { share: 1 },
      runbook: "payment-channel-failing",
    },
    ...{ state: "firing", source: "rule", conditionSince: now, firedAt: now, lastTrueAt: now },
    ...{ resolvedAt: null, incidentId: null, suppressedBy: null },
    ...more,
  };
}

const fire = (more: Partial<Alert> = {}) => {
  const fired = alert(more);
  return shop.db
    .transaction((sql) => alertHooks(context).alertFired(sql, fired))
    .then((id) => ({ id, alert: fired }));
};
const heal = (fired: Alert) =>
  shop.db.transaction((sql) =>
    alertHooks(context).alertResolved(sql, {
      ...{ ...fired, state: "resolved", resolvedAt: shop.clock.now().toISOString() },
    }),
  );
const read = (id: string) => readIncident(context, id);
const typesOf = async (id: string) => (await read(id)).timeline.map(({ type }) => type);
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    ({ code, errors }: DomainError) => ({ code, errors }),
  );

/** An order of Alipay that had trouble just now. */
async function troubled(status: OrderStatus, origin: Origin = "buyer"): Promise<string> {
  const id = shop.newId();
  const now = shop.clock.now();
  await shop.db.sql.query(
    `insert into orders (id, status, origin, amount_fen, payment_method, address_key, created_at, expires_at, paid_at)
      values ($1, $2, $3, 1000, 'alipay', 1, $4, $4, $5)`,
    [id, status, origin, now, status === "awaiting_payment" ? null : now],
  );
  await shop.db.sql.query(
    `insert into order_events (id, order_id, type, status, code, method, origin, at)
      values ($1, $2, 'failed', $3, 'payment.declined', 'alipay', $4, $5)`,
    [shop.newId(), id, status, origin, now],
  );
  return id;
}
const setStatus = (id: string, status: OrderStatus) =>
  shop.db.sql.query("update orders set status = $2 where id = $1", [id, status]);

describe("O4: one condition", () => {
  it("O4: is one incident, however many alerts and consoles tell of it at once", async () => {
    const fired = await Promise.all(Array.from({ length: 8 }, () => fire()));
    expect(new Set(fired.map(({ id }) => id)).size).toBe(1);
    // Those who lose the race may each use up a number.
    expect(heard).toEqual([expect.stringMatching(/^opened \d+$/)]);
    expect((await read(fired[0]?.id ?? "")).alerts).toEqual({ total: 8, firing: 8 });
    expect((await fire({ labels: { channel: "wechat" } })).id).not.toBe(fired[0]?.id);
  });

  it("O4: that flaps neither opens a second incident nor closes the first", async () => {
    const first = await fire();
    for (let again = 0, { alert: last } = first; again < 5; again++) {
      shop.clock.advance(3_000);
      await heal(last);
      shop.clock.advance(3_000);
      await sweep(context);
      const back = await fire();
      expect(back.id).toBe(first.id);
      last = back.alert;
    }
    expect(heard).toEqual(["opened 1"]);
    expect((await read(first.id)).state).toBe("detected");
  });

  it("O4: struck on another of equal machines, it is the same incident; a worse alert raises its level", async () => {
    const { id } = await fire({ rule: "node-dead", labels: { node: "shop-1" } });
    expect((await fire({ rule: "node-dead", labels: { node: "shop-2" }, level: 1 })).id).toBe(id);
    expect((await read(id)).level).toBe(1);
    expect(heard).toEqual(["opened 1", "level 1"]);
  });

  it("that comes back after its incident ended opens a new one, which has seen it before", async () => {
    const { id, alert: fired } = await fire();
    await heal(fired);
    await transition(context, by, id, { to: "resolved", note: "switched to WeChat" });
    const again = await fire();
    expect(again.id).not.toBe(id);
    expect((await read(again.id)).similar).toMatchObject([{ id, endedBy: "switched to WeChat" }]);
  });
});

describe("healing", () => {
  it("resolves what nobody has touched once it has stayed quiet", async () => {
    const { id, alert: fired } = await fire();
    shop.clock.advance(5_000);
    await heal(fired);
    await sweep(context);
    expect((await read(id)).state).toBe("detected");
    shop.clock.advance(15_000);
    await sweep(context);
    expect((await read(id)).state).toBe("resolved");
    expect(heard).toEqual(["opened 1", "resolved"]);
  });

  it("moves what somebody works on to monitoring, and back when it returns; a person resolves it", async () => {
    const { id, alert: fired } = await fire();
    await transition(context, by, id, { to: "acknowledged" });
    await heal(fired);
    expect((await read(id)).state).toBe("monitoring");
    shop.clock.advance(minutes(5));
    await sweep(context);
    expect((await read(id)).state).toBe("monitoring");
    await fire();
    expect((await read(id)).state).toBe("mitigating");
    expect(heard).toEqual(["opened 1", "acknowledged by Li Na"]);
  });
});

describe("O2: deadlines", () => {
  it("O2: that passed while nothing ran are told at the first look, each once, by however many consoles", async () => {
    const first = await fire({ level: 1 });
    const second = await fire({ labels: { channel: "wechat" } });
    shop.clock.advance(minutes(600));
    await Promise.all([sweep(context), sweep(context), sweep(context)]);
    const missed = async (id: string) =>
      (await read(id)).timeline
        .filter(({ type }) => type === "deadline.missed")
        .map(({ facts }) => facts.deadline);
    expect(await missed(first.id)).toEqual(["plan_started"]);
    expect((await missed(second.id)).sort()).toEqual(["repaired", "third_party_engaged"]);
    expect((await read(first.id)).deadlines).toMatchObject([{ missed: true, metAt: null }]);
  });

  it("are met by the plan's first step, once", async () => {
    const { id } = await fire({ level: 1 });
    shop.clock.advance(minutes(9));
    const at = shop.clock.now();
    for (const _ of [1, 2]) await shop.db.transaction((sql) => planStarted(context, sql, id, at));
    shop.clock.advance(minutes(9));
    await sweep(context);
    expect((await read(id)).deadlines).toMatchObject([
      { kind: "plan_started", metAt: at.toISOString(), missed: false },
    ]);
    expect((await typesOf(id)).filter((type) => type === "plan.started")).toHaveLength(1);
  });

  it("follow the level", async () => {
    const { id } = await fire();
    shop.clock.advance(minutes(1));
    await changeLevel(context, by, id, { level: 1, note: "nobody can pay" });
    const { deadlines } = await read(id);
    expect(deadlines.map(({ kind, dueAt }) => [kind, dueAt])).toEqual([
      ["plan_started", new Date(shop.clock.now().getTime() + minutes(10)).toISOString()],
    ]);
    expect(heard).toEqual(["opened 1", "level 1"]);
  });
});

describe("O5: closing", () => {
  it("O5: is refused, naming the orders, until each is delivered, refunded or waived by a person", async () => {
    const { id } = await fire();
    const [paid, failed, unpaid] = [
      await troubled("paid"),
      await troubled("delivery_failed"),
      await troubled("awaiting_payment"),
    ];
    shop.clock.advance(1_000);
    for (const to of ["resolved", "false_alarm"] as const) {
      const refused = await refusal(transition(context, by, id, { to }));
      expect(refused?.code).toBe("incident.orders_open");
      expect(refused?.errors.map(({ path }) => path).sort()).toEqual([paid, failed].sort());
    }
    expect((await read(id)).state).toBe("detected");
    shop.clock.advance(3_000);
    await sweep(context);
    expect((await read(id)).affected).toMatchObject({
      total: 3,
      unreconciled: 2,
      waiting: 1,
      valueAtRiskFen: 3000,
    });
    await setStatus(paid, "delivered");
    const repairs = { ...shop, providers: {}, supplier: undefined };
    const act = (orderIds: string[]) =>
      actOnOrders({ ...context, repairs } as Parameters<typeof actOnOrders>[0], admin, id, {
        ...{ action: "waive", orderIds, reason: "paid back in the shop" },
      });
    const { results, affected } = await act([failed, unpaid, shop.newId()]);
    expect(results.map(({ ok, code }) => code ?? ok)).toEqual([true, true, "order.not_found"]);
    expect(affected).toMatchObject({ unreconciled: 0, delivered: 1, waived: 2, valueAtRiskFen: 0 });
    await transition(context, by, id, { to: "resolved" });
    // What goes wrong after the end is another incident's.
    await troubled("paid");
    shop.clock.advance(5_000);
    await sweep(context);
    const page = await listOrders(context, id, { limit: 50, outcome: "waived" });
    expect(page.items.map(({ waivedBy }) => waivedBy)).toEqual(["Li Na", "Li Na"]);
    expect((await read(id)).affected.total).toBe(3);
  });

  it("O5: does not happen by itself either", async () => {
    const { id, alert: fired } = await fire();
    const order = await troubled("delivery_failed");
    shop.clock.advance(1_000);
    await heal(fired);
    shop.clock.advance(minutes(5));
    await sweep(context);
    expect((await read(id)).state).toBe("detected");
    await setStatus(order, "refunded");
    await sweep(context);
    expect((await read(id)).state).toBe("resolved");
  });

  it("O10: counts buyers alone; shoppers' orders are shown apart and hold nothing up, drills' are left out", async () => {
    const { id } = await fire();
    for (const origin of ["simulated", "drill"] as const) await troubled("paid", origin);
    shop.clock.advance(3_000);
    await sweep(context);
    expect((await read(id)).affected).toMatchObject({
      total: 0,
      simulated: 1,
      unreconciled: 0,
      valueAtRiskFen: 0,
    });
    await transition(context, by, id, { to: "resolved" });
  });
});

describe("people", () => {
  it("declare, take roles over and correct; the timeline only grows and all of it is audited", async () => {
    const now = shop.clock.now();
    for (const id of ["staff-1", "staff-2"])
      await shop.db.sql.query(
        `insert into staff (id, name, email, email_verified, role, created_at, updated_at)
          values ($1, $1, $1, true, 'engineer', $2, $2)`,
        [id, now],
      );
    const named = await troubled("paid");
    const id = await declare(context, by, { level: 3, title: "the page is odd", orderIds: [named] });
    for (const staffId of ["staff-1", "staff-2"])
      await assignRole(context, by, id, { role: "commander", staffId });
    expect(
      await refusal(assignRole(context, by, id, { role: "operations", staffId: "nobody" })),
    ).toMatchObject({
      code: "incident.person_unknown",
    });
    const [first] = (await read(id)).timeline;
    const startedAt = new Date(now.getTime() - minutes(3)).toISOString();
    await addNote(context, by, id, {
      text: "it began earlier",
      corrects: first?.id ?? "",
      times: { startedAt },
    });
    const incident = await read(id);
    expect(incident).toMatchObject({ startedAt, commander: { id: "staff-2" }, affected: { total: 1 } });
    expect(incident.roleHistory.map(({ person, until }) => [person.id, until === null])).toEqual([
      ["staff-1", false],
      ["staff-2", true],
    ]);
    expect(incident.timeline.at(-1)).toMatchObject({ type: "correction", corrects: first?.id });
    for (const change of ["update incident_events set type = 'x'", "delete from incident_events"])
      await expect(shop.db.sql.query(change)).rejects.toThrow("append-only");
    expect(await verifyAudit(context)).toMatchObject({ intact: true, entries: 4 });
  });

  it("merge duplicates: alerts and orders go along, and the merged one is over", async () => {
    const one = await fire();
    const other = await fire({ labels: { channel: "wechat" } });
    await troubled("paid");
    shop.clock.advance(1_000);
    await merge(context, by, one.id, { into: other.id });
    expect(await read(one.id)).toMatchObject({ state: "merged", mergedInto: other.id });
    expect(await read(other.id)).toMatchObject({ alerts: { firing: 2 }, affected: { unreconciled: 1 } });
    expect(await refusal(merge(context, by, other.id, { into: one.id }))).toMatchObject({
      code: "incident.conflict",
    });
  });

  it("cannot move an incident that has ended, and of two at once one wins", async () => {
    const { id } = await fire();
    const both = await Promise.all(
      ["false_alarm", "resolved"].map((to) =>
        refusal(transition(context, by, id, { to: to as "resolved" | "false_alarm" })),
      ),
    );
    expect(both.map((one) => one?.code ?? "done").sort()).toEqual(["done", "incident.conflict"]);
    expect(await refusal(transition(context, by, id, { to: "acknowledged" }))).toMatchObject({
      code: "incident.conflict",
    });
    expect((await listIncidents(context, { state: "open", limit: 10 })).items).toEqual([]);
  });
});
