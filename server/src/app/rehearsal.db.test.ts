import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../test/order-backend.ts";
import { eventually } from "../../test/poll.ts";
import { createMetrics } from "../platform/metrics.ts";
import { rehearseOrders } from "./rehearsal.ts";
import { createShopGate } from "./shop-gate.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

/** A sequence keeps what was taken from it by transactions that were rolled back. */
const codesMade = () =>
  shop.value<number>("select case when is_called then last_value::int else 0 end from codes_position_seq");

async function rehearse(signal: AbortSignal): Promise<void> {
  const { db, keys, newId, log, clock } = shop;
  const gate = createShopGate({
    ...{ orders: shop.placer, database: db, newId, clock, log, metrics: createMetrics() },
    levers: { current: () => ({ shed: "none" }) },
    onRefused: () => undefined,
  });
  try {
    await rehearseOrders({ ordering: db, gate, keys, newId, shopUrl: "http://shop.test", log, signal });
  } finally {
    gate.close();
  }
}

it("a rehearsal that nobody ends places each of its orders", async () => {
  const before = await codesMade();
  await rehearse(new AbortController().signal);
  expect((await codesMade()) - before).toBe(24 * 8);
});

it("a rehearsal ends where its node takes orders or stops: nothing is asked after the round under way", async () => {
  const before = await codesMade();
  const ending = new AbortController();
  const rehearsal = await shop.db.transaction(async (sql) => {
    // The address of the second round's first order: that round waits here.
    await sql.query("select pg_advisory_xact_lock($1)", [shop.keys.lookup64("address", "192.0.2.8")]);
    const ended = rehearse(ending.signal).then(() => "ended");
    await eventually("the second round waits", () =>
      shop.value<boolean>(
        `select exists (select from pg_stat_activity
          where datname = current_database() and wait_event = 'advisory' and query like '%place_orders%')`,
      ),
    );
    ending.abort();
    return { ended };
  });
  expect(await rehearsal.ended).toBe("ended");
  expect((await codesMade()) - before).toBeLessThanOrEqual(2 * 8);
});

it("a rehearsal that is ended before it began asks for nothing", async () => {
  const before = await codesMade();
  await rehearse(AbortSignal.abort());
  expect(await codesMade()).toBe(before);
});
