import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestContext, type TestContext } from "../../../test/context.ts";
import { insertStaff } from "../accounts/store.ts";
import { createNotify } from "../notify/actions.ts";
import { createRota, type OnCallContext } from "./actions.ts";
import { handOver } from "./duty-actions.ts";

let base: TestContext;
let context: OnCallContext;
/** Two people by turns of a day that change at 09:00 in Shanghai, ann's turn first. */
let now = new Date("2026-10-05T02:00:00Z");
const staff = { id: "ann", name: "ann" };

beforeAll(async () => {
  base = await createTestContext();
  const clock = { now: () => now };
  context = {
    ...{ ...base, clock, isWorkedOn: async () => false, timeline: async () => undefined },
    pager: createNotify({ ...base, clock, channels: new Map(), fire: () => undefined }),
  };
  for (const id of ["ann", "bob"])
    await insertStaff(base.db.sql, {
      ...{ id, credentialId: `c-${id}`, name: id, email: `${id}@example.com`, passwordHash: "-", at: now },
      role: "engineer",
    });
  const turns = (name: string, handoffNotices: boolean) =>
    createRota(
      context,
      { staff },
      {
        ...{ name, timeZone: "Asia/Shanghai", holidays: [], handoffNotices },
        layers: [
          {
            ...{ name: "Primary", people: ["ann", "bob"], startsOn: "2026-10-05", endsOn: null },
            ...{ restrictions: [], onHolidays: "as_usual" },
            rotation: { unit: "day", count: 1, handoffAt: "09:00" },
          },
        ],
      },
    );
  await turns("On call", true);
  await turns("Silent", false);
});
afterAll(() => base.close());

async function at(moment: string): Promise<string[]> {
  now = new Date(moment);
  const { rows: before } = await base.db.sql.query<{ id: string }>("select id from notifications");
  // Two consoles look in the same second.
  await Promise.all([handOver(context, now), handOver(context, now)]);
  const { rows } = await base.db.sql.query<{ to: string; zh: string; en: string }>(
    `select staff_id as "to", title->>'zh-CN' as zh, title->>'en' as en from notifications
      where not id = any($1) order by title->>'en' desc`,
    [before.map(({ id }) => id)],
  );
  return rows.map(({ to, zh, en }) => `${to}: ${zh} / ${en}`);
}

describe("a handoff", () => {
  test("tells who comes and who goes, each once and in both languages, and nobody before it", async () => {
    expect(await at("2026-10-05T02:00:01Z")).toEqual([
      "ann: 您现在值班：值班 / You are on duty now: On call",
    ]);
    expect(await at("2026-10-06T00:59:59Z")).toEqual([]);
    expect(await at("2026-10-06T01:00:00Z")).toEqual([
      "ann: 您的值班已结束：值班 / Your duty has ended: On call",
      "bob: 您现在值班：值班 / You are on duty now: On call",
    ]);
    expect(await at("2026-10-06T01:00:01Z")).toEqual([]);
  });

  test("that nobody was there to see is told as soon as somebody looks", async () => {
    expect(await at("2026-10-07T05:00:00Z")).toEqual([
      "bob: 您的值班已结束：值班 / Your duty has ended: On call",
      "ann: 您现在值班：值班 / You are on duty now: On call",
    ]);
  });
});
