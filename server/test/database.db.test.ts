import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { createTestDatabase } from "./database.ts";

async function connect(): Promise<pg.Client> {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await database.drop();
  });
  return client;
}

test("a test database has the migrations of the project applied", async () => {
  const client = await connect();
  const { rows } = await client.query("select count(*)::int as count from drizzle.__drizzle_migrations");
  expect(rows[0].count).toBeGreaterThan(0);
});

test("what one test database holds is invisible to another", async () => {
  const [one, other] = await Promise.all([connect(), connect()]);
  await one.query("create table only_here (id int)");
  const { rows } = await other.query("select to_regclass('only_here') as found");
  expect(rows[0].found).toBeNull();
});
