import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../../test/order-backend.ts";
import { moneyOf, noteMoney, payFor, settling } from "../../../test/pay.ts";
import { expireDue, rules } from "../orders/actions.ts";
import { expireOrders } from "../orders/store.ts";
import { settleDue } from "./actions.ts";

let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.close());

/** Unpaid orders, each from an address of its own. */
const placeMany = (count: number): Promise<PlacedOrder[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => shop.place({ address: `10.1.${n >> 8}.${n & 255}` })));

/** How orders ended: status, what became of their codes and money, and the events that say so. */
const endings = () =>
  shop.value<Record<string, number>>(
    `select jsonb_object_agg(ending, n) from (
      select concat_ws(' ', o.status, 'held:' || (select count(*) from codes c where c.order_id = o.id and c.status = 'held'),
        'refunds:' || (select count(*) from refunds r where r.order_id = o.id),
        (select string_agg(e.type, ',' order by e.id) from order_events e where e.order_id = o.id)) ending, count(*) n
      from orders o group by 1) endings`,
  );

const wonByPayment = "paid held:1 refunds:0 placed,paid";
const heldAgain = "paid held:1 refunds:0 placed,expired,paid";
const wentBack = "refunding held:0 refunds:1 placed,expired,refunding";

describe("S5: expiry racing with payment", () => {
  it("money that arrives while its order expires finds the codes that were just released", async () => {
    await shop.addProduct({ sku: "CARD", codes: 1 });
    const order = await shop.place();
    await noteMoney(shop, [moneyOf(order)]);
    shop.clock.advance(rules.holdMs);
    let settled: Promise<unknown> | undefined;
    await shop.db.transaction(async (sql) => {
      expect(await expireOrders(sql, shop.clock.now(), 10)).toBe(1);
      settled = settleDue(settling(shop));
      await expect
        .poll(() =>
          shop.value(
            "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
          ),
        )
        .toBe(1);
    });
    await settled;
    expect(await endings()).toEqual({ [heldAgain]: 1 });
    expect(await shop.value("select status from payments")).toBe("paid");
  });

  it("has one winner for each of many orders, releases each hold at most once, and fails nowhere", async () => {
    const count = 300;
    await shop.addProduct({ sku: "CARD", codes: count });
    const orders = await placeMany(count);
    shop.clock.advance(rules.holdMs);
    await noteMoney(shop, orders.map(moneyOf));
    const expire = () => expireDue(shop, 7);
    const settle = () => settleDue(settling(shop), 5);
    const runDry = async (pass: () => Promise<{ more: boolean }>) => {
      while ((await pass()).more);
    };
    await settle();
    await expire();
    await Promise.all([runDry(settle), runDry(expire), runDry(expire), runDry(settle), runDry(settle)]);
    await Promise.all([runDry(expire), runDry(settle)]);

    const ended = await endings();
    const paid = ended[wonByPayment] ?? 0;
    const expired = ended[heldAgain] ?? 0;
    expect(Object.keys(ended).sort()).toEqual([wonByPayment, heldAgain].sort());
    expect(paid).toBeGreaterThan(0);
    expect(expired).toBeGreaterThan(0);
    expect(paid + expired).toBe(count);
    expect(
      await shop.value(
        "select jsonb_object_agg(status, n) from (select status, count(*) n from codes group by 1) c",
      ),
    ).toEqual({ held: count });
  });
});

describe("expiry", () => {
  it("S5: by many nodes at once releases every hold exactly once, with one event each", async () => {
    await shop.addProduct({ sku: "CARD", codes: 100 });
    await placeMany(100);
    shop.clock.advance(rules.holdMs - 1);
    expect(await expireDue(shop)).toEqual({ more: false });
    expect(await endings()).toEqual({ "awaiting_payment held:1 refunds:0 placed": 100 });
    shop.clock.advance(1);
    await Promise.all(Array.from({ length: 8 }, () => expireDue(shop)));
    expect(await endings()).toEqual({ "expired held:0 refunds:0 placed,expired": 100 });
    expect(await shop.value("select count(*)::int from codes where status = 'available'")).toBe(100);
    expect(await shop.value("select count(*)::int from payments where status = 'closed'")).toBe(100);
  });

  it("gives the released codes to others", async () => {
    await shop.addProduct({ sku: "CARD", codes: 1 });
    const first = await shop.place();
    await expect(shop.place()).rejects.toMatchObject({ code: "stock.sold_out" });
    shop.clock.advance(rules.holdMs);
    await expireDue(shop);
    const second = await shop.place();
    await payFor(shop, [first, second]);
    expect(await endings()).toEqual({ [wonByPayment]: 1, [wentBack]: 1 });
  });
});
