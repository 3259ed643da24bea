import { DomainError } from "@orderwatch/shared/problem.ts";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { moneyOf, noteMoney, payFor, settling } from "../../../test/pay.ts";
import { expireDue, rules } from "../orders/actions.ts";
import { settleDue } from "./actions.ts";
import { completeRefund } from "./refund-store.ts";

let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.close());

let hosts = 0;
const place = (body = orderBody("CARD")): Promise<PlacedOrder> =>
  shop.place({ address: `10.8.${++hosts >> 8}.${hosts & 255}`, body });

async function expired(count: number, body = orderBody("CARD")): Promise<PlacedOrder[]> {
  const orders: PlacedOrder[] = [];
  for (let n = 0; n < count; n++) orders.push(await place(body));
  shop.clock.advance(rules.holdMs);
  await expireDue(shop);
  return orders;
}

const settleAll = async () => {
  while ((await settleDue(settling(shop), 5)).more);
};
const orderOf = (id: string) =>
  shop.value<{ status: string; code: string | null; held: number; events: unknown[] }>(
    `select jsonb_build_object('status', o.status, 'code', o.failure_code,
        'held', (select count(*) from codes where order_id = o.id and status = 'held'),
        'events', (select jsonb_agg(jsonb_build_array(type, code, facts) order by id) from order_events where order_id = o.id))
      from orders o where o.id = $1`,
    [id],
  );

describe("P6: money that comes after its order has expired", () => {
  it("racing with other buyers and other late money never sells a code twice, and is never silent", async () => {
    const codes = 40;
    await shop.addProduct({ sku: "CARD", codes });
    const late = await expired(codes);
    await noteMoney(shop, late.map(moneyOf));
    const buyers = Array.from({ length: 30 }, () =>
      place().catch((error: unknown) => {
        if (error instanceof DomainError && error.code === "stock.sold_out") return null;
        throw error;
      }),
    );
    await Promise.all([...buyers, settleAll(), settleAll(), settleAll()]);
    await settleAll();
    const placed = (await Promise.all(buyers)).filter((order) => order !== null).length;

    const { rows } = await shop.db.sql.query<{ status: string; held: number; refunds: number; n: number }>(
      `select o.status, (select count(*)::int from codes c where c.order_id = o.id and c.status = 'held') as held,
          (select count(*)::int from refunds r where r.order_id = o.id and r.amount_fen = o.amount_fen) as refunds,
          count(*)::int as n
        from orders o group by 1, 2, 3 order by 1`,
    );
    const of = (status: string) => rows.filter((row) => row.status === status);
    const kept = of("paid").reduce((sum, row) => sum + row.n, 0);
    expect(of("paid").every((row) => row.held === 1 && row.refunds === 0)).toBe(true);
    expect(of("refunding").every((row) => row.held === 0 && row.refunds === 1)).toBe(true);
    expect(kept + of("refunding").reduce((sum, row) => sum + row.n, 0)).toBe(codes);
    expect(kept + placed).toBe(codes);
    expect(await shop.value("select count(*)::int from payment_notices where verdict = 'pending'")).toBe(0);
  });

  it("gets all of what an order of several products bought, or nothing of it", async () => {
    await shop.addProduct({ sku: "A", codes: 4 });
    await shop.addProduct({ sku: "B", codes: 2 });
    const items = [
      { sku: "A", quantity: 2 },
      { sku: "B", quantity: 1 },
    ];
    const [first, second] = await expired(2, { ...orderBody("A"), items });
    if (!first || !second) throw new Error("not placed");
    await place(orderBody("B"));
    await payFor(shop, [first]);
    expect(await orderOf(first.id)).toMatchObject({ status: "paid", code: null, held: 3 });
    await payFor(shop, [second]);
    expect(await orderOf(second.id)).toMatchObject({ status: "refunding", code: "payment.late", held: 0 });
    // The two of A that were within its reach are still for sale.
    expect(
      await shop.value(
        "select count(*)::int from codes c join products p on p.id = c.product_id where p.sku = 'A' and c.status = 'available'",
      ),
    ).toBe(2);
  });

  it.each([
    ["is sold out", "sold_out", () => place()],
    [
      "is no longer sold",
      "withdrawn",
      () => shop.db.sql.query("update products set archived = true where sku = 'CARD'"),
    ],
  ] as const)("goes back when what it bought %s, and order and event say so", async (_, why, spoil) => {
    await shop.addProduct({ sku: "CARD", codes: 1 });
    const [order] = await expired(1);
    if (!order) throw new Error("not placed");
    await spoil();
    await payFor(shop, [order]);
    const seen = await orderOf(order.id);
    expect(seen).toMatchObject({ status: "refunding", code: "payment.late", held: 0 });
    expect(seen.events.at(-1)).toEqual(["refunding", "payment.late", { why, amountFen: order.amountFen }]);
  });

  it("buys a recharge as before, since that needs no stock", async () => {
    await shop.addProduct({ sku: "TOPUP", kind: "recharge" });
    const [order] = await expired(1, orderBody("TOPUP", 1, { rechargeAccount: "10001" }));
    if (!order) throw new Error("not placed");
    await payFor(shop, [order]);
    const seen = await orderOf(order.id);
    expect(seen).toMatchObject({ status: "paid", code: null });
    expect(seen.events.at(-1)).toEqual(["paid", null, { late: true }]);
  });

  it("waits for codes that another statement has in its hands, instead of calling them sold", async () => {
    await shop.addProduct({ sku: "CARD", codes: 1 });
    const [order] = await expired(1);
    if (!order) throw new Error("not placed");
    await noteMoney(shop, [moneyOf(order)]);
    await shop.db.transaction(async (sql) => {
      await sql.query("select from codes where status = 'available' for update");
      await settleDue(settling(shop));
      expect((await orderOf(order.id)).status).toBe("expired");
    });
    await settleDue(settling(shop));
    expect(await orderOf(order.id)).toMatchObject({ status: "paid", held: 1 });
  });
});

describe("P6: money that comes after its order was", () => {
  /** An order that has come so far; one of these ends without a payment, the others with one that is on its way back. */
  async function over(status: "cancelled" | "refunding" | "refunded"): Promise<PlacedOrder> {
    await shop.addProduct({ sku: "CARD", codes: 1 });
    const [order] = await expired(1);
    if (!order) throw new Error("not placed");
    if (status === "cancelled") {
      await shop.db.sql.query("update orders set status = 'cancelled' where id = $1", [order.id]);
      return order;
    }
    await shop.db.sql.query("update products set archived = true");
    await payFor(shop, [order]);
    await shop.db.sql.query("update products set archived = false");
    if (status === "refunded")
      await completeRefund(
        shop.db,
        await shop.value<string>("select id from refunds where order_id = $1", [order.id]),
        shop.clock.now(),
      );
    return order;
  }

  it.each(["cancelled", "refunding", "refunded"] as const)(
    "%s goes back in full, and the order stays as it is and tells of it",
    async (status) => {
      const order = await over(status);
      expect(await orderOf(order.id)).toMatchObject({ status, held: 0 });
      const another = shop.newId();
      await shop.db.sql.query(
        `insert into payments (id, order_id, method, status, amount_fen, created_at)
          values ($1, $2, 'alipay', 'closed', $3, $4)`,
        [another, order.id, order.amountFen, shop.clock.now()],
      );
      await noteMoney(shop, [{ id: another, method: "alipay", amountFen: order.amountFen }]);
      await settleAll();
      const after = await orderOf(order.id);
      expect(after).toMatchObject({ status, held: 0 });
      const refunds = `select jsonb_agg(jsonb_build_object('id', id, 'amountFen', amount_fen, 'code', code, 'status', status))
        from refunds where payment_id = $1`;
      const [refund] = await shop.value<{ id: string }[]>(refunds, [another]);
      expect(refund).toMatchObject({
        ...{ amountFen: order.amountFen, code: "payment.order_over", status: "requested" },
      });
      expect(after.events.at(-1)).toEqual([
        "refund_requested",
        "payment.order_over",
        { refund: refund?.id, payment: another, amountFen: order.amountFen },
      ]);
    },
  );
});
