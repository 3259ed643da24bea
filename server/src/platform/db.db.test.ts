import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/database.ts";
import { eventually } from "../../test/poll.ts";
import { type Database, isUnavailable, openDatabase } from "./db.ts";
import { createLog } from "./log.ts";

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({
    url: database.url,
    name: "test",
    max: 2,
    log: createLog({ level: "silent", name: "test" }),
  });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

it("a connection that breaks between two statements of a transaction fails the transaction and nothing else", async () => {
  const failed = await db
    .transaction(async (sql) => {
      const { rows } = await sql.query<{ pid: number }>("select pg_backend_pid() as pid");
      await db.sql.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
      await eventually("the backend is gone", async () => {
        const left = await db.sql.query("select from pg_stat_activity where pid = $1", [rows[0]?.pid]);
        return left.rowCount === 0;
      });
      await sql.query("select 1");
    })
    .catch((error: unknown) => error);
  expect(isUnavailable(failed)).toBe(true);
  expect((await db.transaction((sql) => sql.query("select 1"))).rowCount).toBe(1);
});
