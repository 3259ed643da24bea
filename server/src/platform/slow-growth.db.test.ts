import pg from "pg";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/database.ts";
import { eventually } from "../../test/poll.ts";
import { type Growth, growSlowly } from "./slow-growth.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function open(growth: Growth): pg.Pool {
  const pool = new pg.Pool({ connectionString: database.url, max: 6, idleTimeoutMillis: 50 });
  const growing = growSlowly(pool, growth);
  onTestFinished(async () => {
    growing.stop();
    await pool.end();
  });
  return pool;
}

it("a burst of short statements is answered over few connections", async () => {
  const pool = open({ fewest: 2, afterMs: 600_000 });
  const answers = await Promise.all(Array.from({ length: 200 }, () => pool.query("select 1")));
  expect([answers.length, pool.totalCount]).toEqual([200, 2]);
});

it("who keeps what they have been given makes others open more, up to the most; idle ones go, and with them the room", async () => {
  const pool = open({ fewest: 2, afterMs: 1 });
  const waiting = Array.from({ length: 7 }, () => pool.connect());
  const given = await Promise.all(waiting.slice(0, 6));
  expect([pool.totalCount, pool.waitingCount]).toEqual([6, 1]);
  for (const client of given) client.release();
  (await waiting[6])?.release();
  await eventually("all are gone", () => pool.totalCount === 0 && pool.options.max === 2);
});
