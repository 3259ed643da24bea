import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/database.ts";
import { eventually } from "../../test/poll.ts";
import { type Database, openDatabase } from "./db.ts";
import { createLog } from "./log.ts";
import { openTriggers } from "./queue.ts";

const log = createLog({ level: "silent", name: "test" });
let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, name: "test", max: 2, log });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const open = () =>
  openTriggers({
    databaseUrl: database.url,
    redisUrl: undefined,
    handlers: { "books.daily": () => Promise.resolve() },
    schedules: { "books.daily": { pattern: "0 3 * * *", tz: "Asia/Shanghai" } },
    log,
  });

it("processes that schedule the same job at the same moment all open, and it is scheduled once", async () => {
  const first = await open();
  const { opening } = await db.transaction(async (sql) => {
    // Whoever schedules takes out what was scheduled before, and waits here for it; so all of them are at it at once.
    await sql.query("select from bullmq.job where scheduler_id = 'books.daily' for update");
    const others = Promise.allSettled([open(), open(), open()]);
    await eventually("all of them are at it", async () => {
      const waiting = await db.sql.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return waiting.rowCount === 3;
    });
    return { opening: others };
  });
  const others = await opening;
  const { rows } = await db.sql.query("select state from bullmq.job where scheduler_id = 'books.daily'");
  const opened = others.flatMap((other) => (other.status === "fulfilled" ? [other.value] : []));
  await Promise.all([first, ...opened].map((each) => each.close()));
  expect(others.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
  expect(rows).toEqual([{ state: "delayed" }]);
});
