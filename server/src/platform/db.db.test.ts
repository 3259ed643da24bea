import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/database.ts";
import { eventually } from "../../test/poll.ts";
import { openTcpProxy } from "../../test/tcp-proxy.ts";
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

/** One connection to the same database, over a network that can be held up. */
async function openDistant(statementTimeoutMs?: number) {
  const url = new URL(database.url);
  const proxy = await openTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  const log = createLog({ level: "silent", name: "test" });
  const timeout = statementTimeoutMs === undefined ? {} : { statementTimeoutMs };
  const distant = openDatabase({ url: url.href, name: "test", max: 1, log, ...timeout });
  const close = async () => {
    await distant.close();
    await proxy.close();
  };
  return { distant, proxy, close };
}

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

it("an answer and its connection's end that arrive together fail whoever got the connection next, and nothing else", async () => {
  const { distant, proxy, close } = await openDistant();
  const isTold = (pid: number, state: string) =>
    eventually(`the backend is ${state}`, async () => {
      const { rows } = await db.sql.query("select state from pg_stat_activity where pid = $1", [pid]);
      return (rows[0]?.state ?? "gone") === state;
    });
  try {
    const { rows } = await distant.sql.query<{ pid: number }>("select pg_backend_pid() as pid");
    const pid = rows[0]?.pid ?? 0;
    const answered = await db.transaction(async (sql) => {
      await sql.query("select pg_advisory_xact_lock(1)");
      const waits = distant.sql.query("select pg_advisory_lock(1)");
      await isTold(pid, "active");
      proxy.stall();
      return { waits };
    });
    const next = distant.transaction((sql) => sql.query("select 1")).catch((error: unknown) => error);
    await isTold(pid, "idle");
    await db.sql.query("select pg_terminate_backend($1)", [pid]);
    await isTold(pid, "gone");
    proxy.resume();
    expect((await answered.waits).rowCount).toBe(1);
    expect(isUnavailable(await next)).toBe(true);
    expect((await distant.transaction((sql) => sql.query("select 1"))).rowCount).toBe(1);
  } finally {
    await close();
  }
});

it("a server that goes without a word fails what it was asked, and is asked over another connection next", async () => {
  const { distant, proxy, close } = await openDistant(100);
  const pid = async () => {
    const { rows } = await distant.sql.query<{ pid: number }>("select pg_backend_pid() as pid");
    return rows[0]?.pid;
  };
  try {
    const first = await pid();
    proxy.stall();
    expect(isUnavailable(await pid().catch((error: unknown) => error))).toBe(true);
    proxy.resume();
    const second = await pid();
    expect(second).not.toBe(first);
    const failed = await distant
      .transaction(async (sql) => {
        await sql.query("select 1");
        proxy.stall();
        await sql.query("select 1");
      })
      .catch((error: unknown) => error);
    expect(isUnavailable(failed)).toBe(true);
    proxy.resume();
    expect(await pid()).not.toBe(second);
  } finally {
    await close();
  }
});

it("a connection that answers is kept, however long ago it was opened and however much it was asked", async () => {
  const log = createLog({ level: "silent", name: "test" });
  const brief = openDatabase({ url: database.url, name: "test", max: 1, log, statementTimeoutMs: 100 });
  try {
    const pids = new Set<number>();
    const since = performance.now();
    while (performance.now() - since < 2_500) {
      const { rows } = await brief.sql.query<{ pid: number }>("select pg_backend_pid() as pid");
      pids.add(rows[0]?.pid ?? 0);
    }
    expect(pids.size).toBe(1);
  } finally {
    await brief.close();
  }
});
