import type { Origin } from "@orderwatch/shared/shop/orders.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { payFor } from "../../../test/pay.ts";
import { fulfilCodes } from "../fulfilment/actions.ts";
import { expireDue } from "../orders/actions.ts";
import { forgetSyntheticOrders, syntheticDays } from "./actions.ts";

const dayMs = 86_400_000;
let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
  await shop.addProduct({ sku: "CARD", codes: 20 });
});
afterEach(() => shop.close());

let hosts = 0;
const place = (origin: Origin) =>
  shop.place({ origin, body: orderBody("CARD"), address: `10.9.0.${++hosts}` });
async function deliver(origin: Origin) {
  const order = await place(origin);
  await payFor(shop, [order]);
  await fulfilCodes({ ...shop, supplier: undefined, fireLater: () => undefined });
  return order.id;
}
async function expire(origin: Origin) {
  const order = await place(origin);
  shop.clock.advance(3_600_000);
  await expireDue(shop);
  return order.id;
}
const forget = async (spokenOf: readonly string[] = [], after: string | null = null) =>
  await forgetSyntheticOrders({ ...shop, spokenOf: async () => spokenOf }, after);
const left = async () =>
  await shop.value<string[]>("select coalesce(jsonb_agg(id order by id), '[]') from orders");
/** Rows that speak of an order that is no more. */
const orphans = async () =>
  await shop.value<number>(
    `select (select count(*) from order_events where order_id not in (select id from orders))
      + (select count(*) from order_lines where order_id not in (select id from orders))
      + (select count(*) from payments where order_id not in (select id from orders))
      + (select count(*) from payment_notices where payment_id not in (select id from payments))
      + (select count(*) from codes where order_id not in (select id from orders))
      + (select count(*) from delivered_codes where order_id not in (select id from orders))`,
  );

describe("orders of shoppers and drills", () => {
  it("are forgotten with everything of theirs once they are old, and buyers' orders never", async () => {
    const buyers = [await deliver("buyer"), await expire("buyer")];
    await deliver("simulated");
    await expire("drill");
    await deliver("drill");
    shop.clock.advance(syntheticDays * dayMs + 1);
    const young = await deliver("simulated");
    expect(await forget()).toEqual({ forgotten: 3, last: null });
    expect(await left()).toEqual([...buyers, young].sort());
    expect(Number(await orphans())).toBe(0);
    expect(await forget()).toEqual({ forgotten: 0, last: null });
  });

  it("S2: leave a ledger that still adds up", async () => {
    await deliver("simulated");
    await deliver("buyer");
    shop.clock.advance(syntheticDays * dayMs + 1);
    await forget();
    const [imported, there, noted] = await Promise.all([
      shop.value<number>("select sum(imported)::int from stock_imports"),
      shop.value<number>("select count(*)::int from codes"),
      shop.value<number>("select sum(available + held + sold + void)::int from stock_changes"),
    ]);
    expect({ imported, there, noted }).toEqual({ imported: 19, there: 19, noted: 19 });
  });

  it("stay while something still speaks of them, or while they have not ended", async () => {
    const ticketed = await deliver("simulated");
    const paid = await place("simulated");
    await payFor(shop, [paid]);
    shop.clock.advance(syntheticDays * dayMs + 1);
    expect(await forget([ticketed])).toEqual({ forgotten: 0, last: null });
    expect(await left()).toEqual([ticketed, paid.id].sort());
  });
});
