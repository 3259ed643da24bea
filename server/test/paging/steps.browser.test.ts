import { afterAll, beforeAll, expect, it } from "vitest";
import { escalationFaultPoints, notifyFaultPoints } from "../../src/platform/faultpoint.ts";
import { buildBundles } from "../browser.ts";
import { eventually } from "../poll.ts";
import { checkBooks, countDuplicates, readBooks } from "./books.ts";
import { checkPages } from "./check-pages.ts";
import { hire, openDesk } from "./desk.ts";
import { keepHurrying, settle } from "./settle.ts";
import { openPagingWorld, type PagingWorld } from "./world.ts";

let world: PagingWorld;
let desk: Awaited<ReturnType<typeof openDesk>>;
/** Pages somebody who cannot be reached, and then somebody who can. */
let policies: string[] = [];
let declared = 0;
const declare = () => desk.declare(`Page ${declared++}`, 1);

beforeAll(async () => {
  await buildBundles();
  world = await openPagingWorld({ consoles: 1, random: () => 0 });
  desk = await openDesk(world, () => policies[0] ?? "");
  await world.ready();
  policies = await hire(world, [["off"], ["sms", "push"]]);
}, 120_000);
afterAll(async () => {
  await desk.close();
  await world.close();
});

const points = [...notifyFaultPoints, ...escalationFaultPoints, "transaction.committing"] as const;

it("O1: kill −9 of the console between any two steps loses no page and brings none twice", async () => {
  for (const point of points) {
    const before = world.deaths();
    world.faults.plant(point, { kind: "kill" });
    await declare();
    await eventually(`it died at ${point}`, () => world.deaths() > before, 60_000);
  }
  expect(world.faults.planted()).toEqual([]);
  const background = new AbortController();
  const hurrying = keepHurrying(world, background.signal);
  const violations = await settle(world);
  background.abort();
  await hurrying;
  const books = await readBooks(world.sandboxUrl);
  violations.push(...(await checkPages(world.db.sql, declared)), ...(await checkBooks(world.db.sql, books)));
  expect(violations).toEqual([]);
  expect(await countDuplicates(world.db.sql, books)).toMatchObject({ ofOneCall: 0 });
  const { rows } = await world.db.sql.query(
    "select from escalation_pages where state = 'reached' group by escalation_id, turn",
  );
  expect(rows.length).toBeGreaterThanOrEqual(points.length);
}, 300_000);

it("O2: what became due while no console ran is done within 5 s of its start, each once", async () => {
  const { sql } = world.db;
  await world.pause(async () => {
    const late: string[] = [];
    for (let n = 0; n < 60; n++) late.push(await declare());
    await sql.query(
      "update escalations set next_at = now() - interval '1 hour' where incident_id = any ($1::uuid[])",
      [late],
    );
  });
  await world.ready();
  const turnsOf = async () => {
    const { rows } = await sql.query<{ turn: number; n: number }>(
      `select e.turn, count(*)::int n from escalations e join incidents i on i.id = e.incident_id
       where (i.title->>'en') ~ '^Page ' and e.turn >= 1 and e.state = 'paging' group by 1`,
    );
    return rows;
  };
  await eventually("none is late", async () => (await turnsOf()).every(({ turn }) => turn > 1), 5_000);
  expect(await turnsOf()).toEqual([{ turn: 2, n: 60 }]);
}, 120_000);
