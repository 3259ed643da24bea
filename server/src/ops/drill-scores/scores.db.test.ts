import { afterEach, expect, it } from "vitest";
import { openTestDrills, staffOf, type TestDrills } from "../../../test/drills/desk.ts";
import { countBuyersRefused, writeMeasures } from "../../live/measures-store.ts";
import { readRows } from "../drills/run-actions.ts";
import { declareBySystem } from "../incidents/actions.ts";
import { transition } from "../incidents/staff-actions.ts";
import * as store from "./store.ts";

let drills: TestDrills;
afterEach(() => drills.close());

const beacons = { visit: 0, product: 0, checkout: 0 };

it("buyers whom nodes refused count as affected, shoppers and what was refused before do not", async () => {
  drills = await openTestDrills();
  const { db, clock } = drills.shop;
  const began = clock.now();
  const second = Math.floor(began.getTime() / 1_000);
  const measure = { requests: 9, refused: { "server.busy": 9 }, beacons, sketch: null };
  await writeMeasures(db.sql, 1, [
    { ...measure, second: second - 1, buyersRefused: 5 },
    { ...measure, second: second + 1, buyersRefused: 2 },
    { ...measure, second: second + 2 },
  ]);
  clock.advance(10_000);
  expect(await countBuyersRefused(db.sql, began, clock.now())).toBe(2);
  expect(await readRows(drills.context, clock.now(), began)).toMatchObject({ buyersFailed: 2 });
});

it("a person's word counts when it came before the alerts ended, and a step only if it acts on the shop and helped", async () => {
  drills = await openTestDrills();
  const { db, clock, newId, value } = drills.shop;
  const title = { "zh-CN": "坏了", en: "It broke" };
  await declareBySystem(drills.incidents, db.sql, { key: "a", level: 2, title, runbook: null });
  const id = await value<string>("select id from incidents");
  const read = async () => (await store.readIncidents(db.sql, [id]))[0];
  const step = (stepId: string, action: string, state: string, verdict: string | null) =>
    db.sql.query(
      `insert into runbook_steps (id, incident_id, slug, step_id, action, state, by_id, by_name, at, input, verdict)
        values ($1, $2, 'supplier-failing', $3, $4, $5, 'ann', 'Ann', $6, '{}', $7)`,
      [newId(), id, stepId, action, state, clock.now(), verdict],
    );
  await step("call", "call_third_party", "done", null);
  await step("tell", "tell_buyers", "done", null);
  await step("worse", "promote_standby", "reverted", "worse");
  await step("lost", "limit_purchases", "failed", null);
  expect(await read()).toMatchObject({ actedAt: null, saidAt: null });
  clock.advance(1_000);
  await step("limit", "limit_purchases", "confirmed", "same");
  expect((await read())?.actedAt).toEqual(clock.now());

  clock.advance(1_000);
  const to = (state: "acknowledged" | "mitigating" | "monitoring" | "resolved") =>
    transition(drills.incidents, staffOf("ann"), id, { to: state });
  await to("mitigating");
  expect((await read())?.saidAt).toBeNull();
  clock.advance(1_000);
  await to("monitoring");
  const said = clock.now();
  clock.advance(1_000);
  await to("resolved");
  expect(await read()).toMatchObject({ saidAt: said, mitigatedAt: said });
});

it("ending what the end of the alerts had moved on already is nobody's mitigation", async () => {
  drills = await openTestDrills();
  const { db, value } = drills.shop;
  const title = { "zh-CN": "坏了", en: "It broke" };
  await declareBySystem(drills.incidents, db.sql, { key: "a", level: 2, title, runbook: null });
  const id = await value<string>("select id from incidents");
  await db.sql.query("update incidents set state = 'monitoring', mitigated_at = opened_at");
  await transition(drills.incidents, staffOf("ann"), id, { to: "resolved" });
  expect((await store.readIncidents(db.sql, [id]))[0]).toMatchObject({ saidAt: null });
});
