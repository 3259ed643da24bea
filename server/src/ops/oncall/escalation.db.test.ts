import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestContext, type TestContext } from "../../../test/context.ts";
import { insertStaff } from "../accounts/store.ts";
import { createNotify } from "../notify/actions.ts";
import type { OnCallContext } from "./actions.ts";
import { readReadiness } from "./duty-actions.ts";
import {
  acknowledged,
  advanceDue,
  readEscalation,
  startEscalation,
  stopEscalation,
} from "./escalation-actions.ts";
import { createFirst, createPolicy } from "./policy-actions.ts";
import { giveLevels } from "./policy-store.ts";

let base: TestContext;
let context: OnCallContext;
let now = new Date("2026-10-05T10:00:00Z");
const title = { "zh-CN": "事故", en: "An incident" };
const ann = { id: "ann", name: "ann" };

beforeAll(async () => {
  base = await createTestContext();
  const clock = { now: () => now };
  context = {
    ...{ ...base, clock, isWorkedOn: async () => false, timeline: async () => undefined },
    pager: createNotify({ ...base, clock, channels: new Map(), fire: () => undefined }),
  };
  for (const id of ["ann", "bob", "boss"])
    await insertStaff(base.db.sql, {
      ...{ id, credentialId: `c-${id}`, name: id, email: `${id}@example.com`, passwordHash: "-", at: now },
      role: id === "boss" ? "admin" : "engineer",
    });
  await createFirst(context);
  const target = (userId: string) => ({
    targets: [{ kind: "person" as const, userId }],
    ackTimeoutSeconds: 60,
  });
  const policy = { name: "two", steps: [target("ann"), target("bob")], repeats: 1, autoUnackSeconds: 300 };
  const { id } = await createPolicy(context, { staff: null }, policy);
  await giveLevels(base.db.sql, id, [1]);
});
beforeEach(() => {
  now = new Date("2026-10-05T10:00:00Z");
});
afterAll(() => base.close());

/** An incident's paging, told as a timeline: `at(s)` moves the clock and does what is due then. */
async function open() {
  const incidentId = base.newId();
  const beganMs = now.getTime();
  await base.db.transaction((sql) => startEscalation(context, sql, { incidentId, level: 1, title, at: now }));
  const read = () => readEscalation(context, incidentId);
  return {
    incidentId,
    read,
    paged: async () => (await read()).pages.map(({ person }) => person.id),
    async at(seconds: number) {
      now = new Date(beganMs + seconds * 1_000);
      await advanceDue(context, now);
    },
    acknowledge: () => base.db.transaction((sql) => acknowledged(context, sql, incidentId, ann)),
    exhaust: (person: string, reason: string) =>
      base.db.sql.query(
        "update notifications set state = 'exhausted', reason = $3, next_at = null where incident_id = $1 and staff_id = $2",
        [incidentId, person, reason],
      ),
    stop: () => stopEscalation(base.db.sql, incidentId),
  };
}

describe("an escalation", () => {
  test("pages each step when its time to acknowledge is over, then all again, then the admins", async () => {
    const one = await open();
    expect(await one.paged()).toEqual(["ann"]);
    await one.at(59);
    expect(await one.paged()).toEqual(["ann"]);
    await one.at(60);
    expect(await one.paged()).toEqual(["ann", "bob"]);
    await one.at(120);
    await one.at(180);
    expect(await one.paged()).toEqual(["ann", "bob", "ann", "bob"]);
    await one.at(240);
    expect(await one.paged()).toEqual(["ann", "bob", "ann", "bob", "boss"]);
    expect(await one.read()).toMatchObject({ state: "exhausted", nextAt: null });
  });

  test("O1: stops at an acknowledgement, and begins again when nothing follows it", async () => {
    const one = await open();
    await one.at(10);
    await one.acknowledge();
    await one.at(309);
    expect(await one.paged()).toEqual(["ann"]);
    expect(await one.read()).toMatchObject({ state: "acknowledged", acknowledgedBy: "ann" });
    await one.at(310);
    expect(await one.paged()).toEqual(["ann", "ann"]);
    await one.stop();
    await one.at(10_000);
    expect(await one.paged()).toEqual(["ann", "ann"]);
  });

  test("O1: one whose person cannot be reached goes to the next at once, with the reason", async () => {
    const one = await open();
    await one.exhaust("ann", "every channel failed");
    await one.at(1);
    const { pages } = await one.read();
    expect(pages.map(({ person, state, reason }) => [person.id, state, reason])).toEqual([
      ["ann", "exhausted", "every channel failed"],
      ["bob", "pending", null],
    ]);
    await one.stop();
  });

  test("O2: after a time in which no process ran all that is overdue fires, each once", async () => {
    const many = await Promise.all(Array.from({ length: 12 }, open));
    await many[0]?.at(3_600);
    await many[0]?.at(3_600);
    for (const one of many) {
      expect(await one.paged()).toEqual(["ann", "bob"]);
      await one.stop();
    }
  });

  test("O1: several workers at once page once", async () => {
    const many = await Promise.all(Array.from({ length: 8 }, open));
    now = new Date(now.getTime() + 60_000);
    await Promise.all(Array.from({ length: 4 }, () => advanceDue(context, now)));
    for (const one of many) {
      expect(await one.paged()).toEqual(["ann", "bob"]);
      await one.stop();
    }
  });

  test("O4: an incident that is being paged for is not paged for twice", async () => {
    const one = await open();
    const again = { incidentId: one.incidentId, level: 1, title, at: now };
    await base.db.transaction((sql) => startEscalation(context, sql, again));
    expect(await one.paged()).toEqual(["ann"]);
    await one.stop();
  });
});

test("the first start puts the first admin on duty, and readiness says who cannot be reached", async () => {
  await createFirst(context);
  const { problems } = await readReadiness(context);
  expect(problems.map(({ kind, person }) => [kind, person?.id])).toEqual([
    ["no_contact_point", "boss"],
    ["no_contact_point", "ann"],
    ["no_contact_point", "bob"],
  ]);
});
