import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../../test/order-backend.ts";
import { noteMoney, payFor, settling } from "../../../test/pay.ts";
import type { Sql } from "../../platform/db.ts";
import { expireDue, rules } from "../orders/actions.ts";
import { requestRefund, settleDue } from "./actions.ts";
import { completeRefund } from "./refund-store.ts";
import { replacePayment } from "./store.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
  await shop.addProduct({ sku: "CARD", codes: 500, priceFen: 100 });
});
afterAll(() => shop.close());

let hosts = 0;
const placeOne = (): Promise<PlacedOrder> => shop.place({ address: `10.2.${++hosts >> 8}.${hosts & 255}` });

const askBack = (
  order: PlacedOrder,
  amountFen: number,
  paymentId = order.payment.id,
  sql: Sql = shop.db.sql,
): Promise<string> =>
  sql
    .query(
      `insert into refunds (id, payment_id, order_id, amount_fen, reason, status, created_at, next_attempt_at)
        values ($1, $2, $3, $4, 'asked by staff', 'requested', $5, $5)`,
      [shop.newId(), paymentId, order.id, amountFen, shop.clock.now()],
    )
    .then(
      () => "accepted",
      (error: { constraint?: string }) => error.constraint ?? String(error),
    );

describe("P7: money", () => {
  it("is integer fen in every column of the database", async () => {
    const { rows } = await shop.db.sql.query<{ column: string; type: string }>(
      `select table_name || '.' || column_name as column, data_type as type from information_schema.columns
        where table_schema = 'public' and (column_name like '%fen%' or column_name ~ 'amount|price|money|total')`,
    );
    expect(rows.length).toBeGreaterThan(5);
    expect(
      rows.filter(({ column, type }) => !["integer", "bigint"].includes(type) || !column.endsWith("_fen")),
    ).toEqual([]);
    expect(
      await shop.value(
        `select count(*)::int from information_schema.columns
          where table_schema = 'public' and data_type in ('money', 'numeric', 'real')`,
      ),
    ).toBe(0);
  });

  it("given back never exceeds what was paid, in whatever parts it is asked for", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 6 }),
        async (parts) => {
          const order = await placeOne();
          await payFor(shop, [order]);
          let given = 0;
          for (const part of parts) {
            const fits = given + part <= order.amountFen;
            expect(await askBack(order, part)).toBe(fits ? "accepted" : "refunds_within_payment");
            if (fits) given += part;
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("given back never exceeds what was paid when many ask at once", async () => {
    const order = await placeOne();
    await payFor(shop, [order]);
    const answers = await Promise.all(Array.from({ length: 12 }, () => askBack(order, 30)));
    expect(answers.filter((answer) => answer === "accepted")).toHaveLength(3);
    expect(answers.filter((answer) => answer === "refunds_within_payment")).toHaveLength(9);
    expect(await shop.value("select sum(amount_fen)::int from refunds where order_id = $1", [order.id])).toBe(
      90,
    );
  });

  it("given back waits for what another asks for and has not committed yet", async () => {
    const order = await placeOne();
    await payFor(shop, [order]);
    let second: Promise<string> | undefined;
    await shop.db.transaction(async (sql) => {
      expect(await askBack(order, 60, order.payment.id, sql)).toBe("accepted");
      second = askBack(order, 60);
      await expect
        .poll(() =>
          shop.value(
            "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
          ),
        )
        .toBe(1);
    });
    expect(await second).toBe("refunds_within_payment");
  });

  it("is not given back by changing a refund, nor where none was paid, nor to another order", async () => {
    const [paid, unpaid] = [await placeOne(), await placeOne()];
    await payFor(shop, [paid]);
    expect(await askBack(unpaid, 1)).toBe("refunds_of_paid_payments");
    expect(await askBack(unpaid, 1, paid.payment.id)).toBe("refunds_of_paid_payments");
    expect(await askBack(paid, 0)).toBe("refunds_amount");
    expect(await askBack(paid, -5)).toBe("refunds_amount");
    expect(await askBack(paid, 100)).toBe("accepted");
    await expect(
      shop.db.sql.query("update refunds set amount_fen = 101 where order_id = $1", [paid.id]),
    ).rejects.toMatchObject({ constraint: "refunds_within_payment" });
  });
});

/** Money that comes late for what is no longer sold has to go back. */
async function whileWithdrawn(work: () => Promise<unknown>): Promise<void> {
  await shop.db.sql.query("update products set archived = true");
  await work();
  await shop.db.sql.query("update products set archived = false");
}

it("what staff give back of an order that was paid twice comes from the payment that came last", async () => {
  const order = await placeOne();
  await payFor(shop, [order]);
  shop.clock.advance(1_000);
  const later = shop.newId();
  await shop.db.sql.query(
    `insert into payments (id, order_id, method, status, amount_fen, created_at) values ($1, $2, 'alipay', 'closed', 100, $3)`,
    [later, order.id, shop.clock.now()],
  );
  await noteMoney(shop, [{ id: later, method: "alipay", amountFen: 100 }]);
  await settleDue(settling(shop));
  await shop.db.sql.query("delete from refunds where order_id = $1", [order.id]);
  const byHand = { orderId: order.id, code: "refund.by_staff", reason: "paid twice", by: null } as const;
  expect(await requestRefund(shop, { ...byHand, amountFen: 100 })).toMatchObject({
    endsOrder: false,
    refunds: [{ paymentId: later, amountFen: 100 }],
  });
});

describe("an order that is over, paid twice", () => {
  /** Expired, with money that came late through two channels, both on their way back. */
  async function paidTwiceTooLate(): Promise<{ order: PlacedOrder; refunds: string[] }> {
    const order = await placeOne();
    const id = shop.newId();
    const now = shop.clock.now();
    await replacePayment(shop.db.sql, { id, orderId: order.id, method: "alipay", now, at: now, askAt: now });
    shop.clock.advance(rules.holdMs);
    await expireDue(shop);
    await noteMoney(shop, [
      { id: order.payment.id, method: "wechat", amountFen: order.amountFen },
      { id, method: "alipay", amountFen: order.amountFen },
    ]);
    await whileWithdrawn(() => settleDue(settling(shop)));
    const refunds = await shop.value<string[]>("select jsonb_agg(id) from refunds where order_id = $1", [
      order.id,
    ]);
    return { order, refunds };
  }

  it("is refunded when the last of its refunds is done, though both are done at the same moment", async () => {
    for (let round = 0; round < 5; round++) {
      const { order, refunds } = await paidTwiceTooLate();
      expect(refunds).toHaveLength(2);
      await Promise.all(refunds.map((refund) => completeRefund(shop.db, refund, shop.clock.now())));
      expect(
        await shop.value("select jsonb_agg(type order by id) from order_events where order_id = $1", [
          order.id,
        ]),
      ).toEqual(["placed", "payment_switched", "expired", "refunding", "refunded"]);
      expect(await shop.value("select status from orders where id = $1", [order.id])).toBe("refunded");
    }
  });

  it("is not refunded while one of its refunds is under way, and refunded once however often that is told", async () => {
    const { order, refunds } = await paidTwiceTooLate();
    const [first = "", second = ""] = refunds;
    for (const refund of [first, first]) await completeRefund(shop.db, refund, shop.clock.now());
    expect(await shop.value("select status from orders where id = $1", [order.id])).toBe("refunding");
    for (const refund of [second, first, second]) await completeRefund(shop.db, refund, shop.clock.now());
    expect(
      await shop.value("select count(*)::int from order_events where order_id = $1 and type = 'refunded'", [
        order.id,
      ]),
    ).toBe(1);
  });

  it("gives money back that comes after all that, without moving", async () => {
    const order = await placeOne();
    shop.clock.advance(rules.holdMs);
    await expireDue(shop);
    await whileWithdrawn(() => payFor(shop, [order]));
    const refund = await shop.value<string>("select id from refunds where order_id = $1", [order.id]);
    await completeRefund(shop.db, refund, shop.clock.now());
    const later = shop.newId();
    await shop.db.sql.query(
      `insert into payments (id, order_id, method, status, amount_fen, created_at) values ($1, $2, 'alipay', 'closed', 100, $3)`,
      [later, order.id, shop.clock.now()],
    );
    await noteMoney(shop, [{ id: later, method: "alipay", amountFen: 100 }]);
    await settleDue(settling(shop));
    expect(await shop.value("select status from orders where id = $1", [order.id])).toBe("refunded");
    expect(await shop.value("select count(*)::int from refunds where payment_id = $1", [later])).toBe(1);
  });
});
