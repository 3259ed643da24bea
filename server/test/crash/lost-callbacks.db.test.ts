import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../database.ts";
import { checkLostCallbacks } from "./lost-callbacks.ts";
import { books, fillShop, id, trade } from "./shop-at-rest.ts";

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await fillShop(client);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

it("P5: tells how money of lost callbacks was found, and finds what took longer than 60 s and the outages", async () => {
  const paidAtMs = Date.parse("2026-03-02T10:00:00Z");
  const given = books();
  const lose = (payment: string) =>
    given.trades.set(id(payment), { ...trade(payment), lost: true, paidAtMs });
  for (const payment of ["payment-codes", "payment-recharge", "payment-failed", "payment-late"])
    lose(payment);
  const notice = (of: string, noticeId: string, seconds: number, by = "null") =>
    `update payment_notices set notice_id = '${noticeId}', settled_at = to_timestamp(${paidAtMs / 1_000 + seconds}),
      confirmed_by = ${by} where id = '${id(`notice-${of}`)}'`;
  for (const text of [
    `update orders set expires_at = to_timestamp(${paidAtMs / 1_000 + 5 * 60})`,
    notice("codes", "asked:codes", 59),
    notice("recharge", "asked:recharge", 95),
    notice("failed", "asked:failed", 300, "'ann'"),
    // Its hold had run out when the money came.
    notice("late", "asked:late", 400),
    `update orders set expires_at = to_timestamp(${paidAtMs / 1_000 - 1}) where id = '${id("late")}'`,
  ])
    await client.query(text);
  const outage = { fromMs: paidAtMs + 20_000, untilMs: paidAtMs + 30_000 };
  const judged = await checkLostCallbacks(client, given, []);
  expect(judged.lost).toEqual({ paid: 4, byAsking: 3, punctual: 1, byStaff: 1, longestSeconds: 400 });
  expect(judged.violations).toMatchObject([{ invariant: "P5", count: 1 }]);
  expect((await checkLostCallbacks(client, given, [outage])).violations).toEqual([]);
  expect(
    (await checkLostCallbacks(client, given, [{ ...outage, company: "alipay" }])).violations,
  ).toHaveLength(1);
  await client.query("update payment_notices set notice_id = 'callback:1' where id = $1", [
    id("notice-recharge"),
  ]);
  expect(await checkLostCallbacks(client, given, [])).toMatchObject({
    lost: { byAsking: 2 },
    violations: [],
  });
});
