import type { Alert } from "@orderwatch/shared/ops/detection.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestContext, type TestContext } from "../../../test/context.ts";
import { eventually } from "../../../test/poll.ts";
import { Hub } from "../../live/hub.ts";
import { countOrderEvents } from "../../shop/orders/counts.ts";
import { listAlerts, saveChange } from "./alerts-actions.ts";
import type { Change } from "./domain.ts";
import { DetectionEngine } from "./engine.ts";
import { createSilence, createWindow, endWindow } from "./holds-actions.ts";
import { receiveAlerts } from "./intake-actions.ts";
import { previewRule } from "./preview-actions.ts";
import { editRule, listRules, listRuleVersions } from "./rules-actions.ts";
import { shippedRules } from "./shipped-rules.ts";

let context: TestContext;
beforeAll(async () => {
  context = await createTestContext();
});
afterAll(() => context.close());

const told: string[] = [];
const incidents = {
  async alertFired(_: unknown, alert: Alert) {
    told.push(`fired ${alert.key}`);
    return context.newId();
  },
  async alertResolved(_: unknown, alert: Alert) {
    told.push(`resolved ${alert.key}`);
  },
};
const by = { staff: { id: "1", name: "Lin" } };
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

beforeEach(async () => {
  told.length = 0;
  await context.db.sql.query(
    "truncate alerts, silences, maintenance_windows, detection_lease, rule_versions",
  );
});

const firing = async () => (await listAlerts(context, { state: "firing", limit: 50 })).items;

async function startEngine(
  probe: () => boolean,
  given: Partial<ConstructorParameters<typeof DetectionEngine>[0]> = {},
) {
  const hub = new Hub({
    epoch: context.newId(),
    sql: context.db.sql,
    log: context.log,
    events: { count: (from, until) => countOrderEvents(context.db.sql, from, until) },
    stock: async () => [],
    targets: { successRate: 0.98, latencyP99Ms: 200 },
  });
  await hub.start(context.clock.now());
  const engine = new DetectionEngine({
    ...context,
    hub,
    incidents,
    probes: [{ gauge: "channel_probe_failures", labels: { channel: "alipay" }, ask: async () => probe() }],
    ...given,
  });
  await engine.start(context.clock.now());
  return {
    engine,
    /** Looks until something has come of it. */
    until: (condition: () => Promise<boolean> | boolean) =>
      eventually("something comes of it", async () => {
        await engine.tick(context.clock.now());
        return await condition();
      }),
  };
}

const change = (type: Change["type"], heldBy: Change["alert"]["heldBy"] = null): Change => {
  const rule = shippedRules.find(({ slug }) => slug === "payment-channel-failing") ?? null;
  const now = Date.now();
  return {
    type,
    rule,
    alert: {
      ...{ key: "k", rule: "payment-channel-failing", labels: { channel: "alipay" }, facts: { bad: 3 } },
      ...{ since: now, lastTrue: now, clearSince: null, firedAt: now, heldBy },
    },
  };
};

describe("an alert in the database", () => {
  const desk = () => ({ ...context, incidents });

  test("O4: the same condition is one alert and is told once, however often and by how many it is written", async () => {
    await Promise.all([1, 2, 3, 4].map(() => saveChange(desk(), change("fired"), new Date())));
    expect(told).toEqual(["fired k"]);
    expect(await firing()).toMatchObject([
      { key: "k", level: 2, title: { en: "Payments by Alipay fail" }, incidentId: expect.any(String) },
    ]);
    await Promise.all([1, 2].map(() => saveChange(desk(), change("resolved"), new Date())));
    expect(told).toEqual(["fired k", "resolved k"]);
  });

  test("one that is held back is told when nothing holds it any more, and never before", async () => {
    const held = { by: "silence", id: "s" } as const;
    await saveChange(desk(), change("fired", held), new Date());
    expect(told).toEqual([]);
    expect(await firing()).toMatchObject([{ suppressedBy: held, incidentId: null }]);
    await Promise.all([1, 2].map(() => saveChange(desk(), change("raised"), new Date())));
    expect(told).toEqual(["fired k"]);
    expect(await firing()).toMatchObject([{ suppressedBy: null, incidentId: expect.any(String) }]);
  });

  test("one that ends while it is held back is told to nobody", async () => {
    await saveChange(desk(), change("fired", { by: "rule", id: "x" }), new Date());
    await saveChange(desk(), change("resolved"), new Date());
    expect(told).toEqual([]);
    expect(await firing()).toEqual([]);
  });

  test("when telling fails nothing is written, so that it is tried again", async () => {
    const deaf = { ...incidents, alertFired: () => Promise.reject(new Error("no")) };
    const saved = saveChange({ ...context, incidents: deaf }, change("fired"), new Date());
    await expect(saved).rejects.toThrow("no");
    expect(await firing()).toEqual([]);
  });
});

describe("the engine", () => {
  test("an unanswered probe becomes an alert and an incident; another console takes over what fires", async () => {
    let answers = true;
    const first = await startEngine(() => answers);
    await first.until(async () => (await context.db.sql.query("select from detection_lease")).rowCount === 1);
    answers = false;
    await first.until(() => told.length > 0);
    expect(told).toEqual(['fired payment-channel-failing,channel="alipay"']);
    const second = await startEngine(() => false);
    await first.engine.stop();
    await second.until(
      async () => (await context.db.sql.query("select from detection_lease")).rowCount === 1,
    );
    await second.engine.tick(context.clock.now());
    await second.engine.stop();
    expect(told).toEqual(['fired payment-channel-failing,channel="alipay"']);
    expect(await firing()).toHaveLength(1);
  }, 60_000);

  test("business truth: a stock that differs from its ledger is found", async () => {
    const { sql } = context.db;
    await sql.query(
      `insert into products (id, sku, name, kind, price_fen, created_at, updated_at) values ($1, 'planted', 'Planted', 'code', 100, now(), now())`,
      [context.newId()],
    );
    await sql.query(
      `insert into codes (product_id, sealed, lookup, import_id) select id, '\\x01', '\\x01', id from products where sku = 'planted'`,
    );
    const { engine, until } = await startEngine(() => true);
    await until(() => told.length > 0);
    expect(told).toEqual(['fired stock-mismatch,sku="planted"']);
    await sql.query("delete from codes");
    await sql.query("delete from products");
    await engine.stop();
  }, 60_000);

  test("maintenance holds back what it names; ended, what is still wrong is raised", async () => {
    const window = await createWindow(context, by, {
      title: "Alipay moves",
      matchers: { channel: "alipay" },
      startsAt: inMs(-1_000),
      endsAt: inMs(600_000),
    });
    let answers = true;
    const { engine, until } = await startEngine(() => answers);
    await until(async () => (await context.db.sql.query("select from detection_lease")).rowCount === 1);
    answers = false;
    await until(async () => (await firing()).length > 0);
    expect(await firing()).toMatchObject([{ suppressedBy: { by: "maintenance", id: window.id } }]);
    expect(told).toEqual([]);
    await endWindow(context, by, window.id);
    // Told in the transaction that raises it, which the engine's own round may still be in.
    await until(
      async () => told.length > 0 && (await firing()).every((alert) => alert.suppressedBy === null),
    );
    expect(await firing()).toHaveLength(1);
    await engine.stop();
  }, 60_000);
});

describe("rules", () => {
  const rule = () => shippedRules.find(({ slug }) => slug === "attack");
  const settings = () => {
    const { slug: _, title: __, version: ___, ...rest } = rule() ?? shippedRules[0] ?? expect.fail();
    return rest;
  };

  test("an edit is a version, audited, and in force; an edit of an older version is refused", async () => {
    const edit = { settings: { ...settings(), level: 1 as const }, baseVersion: 0, reason: "a bad week" };
    expect(await editRule(context, by, "attack", edit)).toMatchObject({
      level: 1,
      version: 1,
      editedBy: "Lin",
    });
    await expect(editRule(context, by, "attack", edit)).rejects.toMatchObject({ code: "rule.conflict" });
    expect((await listRules(context)).find(({ slug }) => slug === "attack")).toMatchObject({
      level: 1,
      shipped: { level: 2 },
    });
    expect((await listRuleVersions(context, "attack")).items).toMatchObject([{ version: 1, by: "Lin" }]);
    const { rows } = await context.db.sql.query(
      "select action from audit_entries where target_id = 'attack'",
    );
    expect(rows).toEqual([{ action: "rule.edited" }]);
    await expect(editRule(context, by, "none", edit)).rejects.toMatchObject({ code: "rule.not_found" });
  });

  test("a preview tells when it would have fired in the last seven days", async () => {
    const minute = Math.floor(Date.now() / 60_000) * 60 - 86_400;
    await context.db.sql.query(
      `insert into live_counts (step_s, at, type, code, method, origin, n)
       select 60, to_timestamp($1::bigint + 60 * m), 'placed', '', 'wechat', 'buyer', 100 from generate_series(0, 9) m`,
      [minute],
    );
    await context.db.sql.query(
      `insert into live_measures (step_s, at, requests, refused, beacons)
       select 60, to_timestamp($1::bigint + 60 * m), 300, '{"risk.too_many_requests": 200}', '{}' from generate_series(3, 5) m`,
      [minute],
    );
    const seen = await previewRule(context, "attack", { ...settings(), enabled: false });
    expect(seen).toMatchObject({ total: 1, fired: 0, knownMinutes: 10, unmeasured: [] });
    expect(seen.episodes[0]?.from).toBe(new Date((minute + 240) * 1_000).toISOString());
    await context.db.sql.query("truncate live_counts, live_measures");
  });
});

describe("what others send", () => {
  const sent = (more: object = {}) => ({
    labels: { alertname: "DiskFull", severity: "critical" },
    annotations: { summary: "The disk is full" },
    ...more,
  });
  const intake = () => ({ ...context, incidents });

  test("opens once, is heard of again, and ends when its sender says so", async () => {
    await receiveAlerts(intake(), [sent(), sent()]);
    await receiveAlerts(intake(), [sent()]);
    expect(await firing()).toMatchObject([
      { level: 1, source: "alertmanager", title: { en: "The disk is full" } },
    ]);
    await receiveAlerts(intake(), [sent({ endsAt: inMs(-1_000) })]);
    expect(await firing()).toEqual([]);
    expect(told.map((line) => line.split(" ")[0])).toEqual(["fired", "resolved"]);
  });

  test("ends by itself when it is not heard of any more", async () => {
    await receiveAlerts(intake(), [sent({ endsAt: inMs(300) })]);
    const { engine, until } = await startEngine(() => true);
    await until(async () => (await firing()).length === 0);
    expect(told).toHaveLength(2);
    await engine.stop();
  }, 60_000);

  test("a silence holds it back too", async () => {
    await createSilence(context, by, {
      matchers: { alertname: "DiskFull" },
      endsAt: inMs(60_000),
      reason: "known",
    });
    await receiveAlerts(intake(), [sent()]);
    expect(told).toEqual([]);
    expect(await firing()).toMatchObject([{ suppressedBy: { by: "silence" } }]);
  });
});
