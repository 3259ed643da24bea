import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { payFor } from "../../../test/pay.ts";
import type { Sql } from "../../platform/db.ts";
import { viewOrder } from "../orders/actions.ts";
import { requestRefund } from "../payments/actions.ts";
import { type FulfilDeps, fulfilCodes } from "./actions.ts";
import { rules } from "./domain.ts";
import { redeliver } from "./redelivery-actions.ts";
import { claimDue, completeDelivery, failDelivery, postpone } from "./store.ts";

let shop: TestShop;
let deps: FulfilDeps;
beforeEach(async () => {
  shop = await openTestShop();
  deps = { ...shop, supplier: undefined, fireLater: () => undefined };
});
afterEach(() => shop.close());

let hosts = 0;
const place = (sku = "CARD", quantity = 1): Promise<PlacedOrder> =>
  shop.place({ body: orderBody(sku, quantity), address: `10.3.${++hosts >> 8}.${hosts & 255}` });
async function placePaid(count: number, quantity = 1): Promise<PlacedOrder[]> {
  const orders = await Promise.all(Array.from({ length: count }, () => place("CARD", quantity)));
  await payFor(shop, orders);
  return orders;
}
const events = (orderId: string) =>
  shop.value<string[]>("select jsonb_agg(type order by id) from order_events where order_id = $1", [orderId]);
const statusOf = (order: PlacedOrder) =>
  shop.value<string>("select status from orders where id = $1", [order.id]);
const view = (order: PlacedOrder) => viewOrder({ ...shop, shopUrl: "http://shop.test" }, order.id);
const handed = () => shop.value<number>("select count(*)::int from delivered_codes");
const refund = (order: PlacedOrder) =>
  requestRefund(shop, { orderId: order.id, code: "refund.by_staff", reason: "it failed", by: null });
const shelf = () =>
  shop.value<Record<string, number>>(
    "select jsonb_object_agg(status, n) from (select status, count(*)::int n from codes group by status) c",
  );
/** Tries again, and again, until the shop gives up. */
async function tryToTheEnd(): Promise<void> {
  for (let tries = 0; tries <= rules.maxRetries; tries++) {
    await fulfilCodes(deps);
    shop.clock.advance(rules.retryAfterMs);
  }
}
const claim = (token: string, limit = 100, sql: Sql = shop.db.sql) =>
  claimDue(sql, {
    of: "codes",
    token,
    at: shop.clock.now(),
    leaseMs: rules.leaseMs,
    limit,
  });

describe("S1: a code", () => {
  it("is handed to one order only, though many workers deliver the same orders at once", async () => {
    await shop.addProduct({ sku: "CARD", codes: 180 });
    const orders = await placePaid(60, 3);
    const worker = async () => {
      while ((await fulfilCodes(deps, 7)).more);
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    await worker();
    const seen = await Promise.all(orders.map(view));
    const codes = seen.flatMap((order) => order.codes?.map(({ code }) => code) ?? []);
    expect(seen.map((order) => order.codes?.length)).toEqual(orders.map(() => 3));
    expect(new Set(codes).size).toBe(180);
    expect(await handed()).toBe(180);
    for (const order of orders)
      expect(await events(order.id)).toEqual(["placed", "paid", "delivering", "delivered"]);
  });

  it("cannot be entered as delivered twice, whoever tries at once", async () => {
    await shop.addProduct({ sku: "CARD", codes: 1 });
    const id = await shop.value("select id from codes");
    const tries = await Promise.allSettled(
      Array.from({ length: 5 }, () =>
        shop.db.sql.query("insert into delivered_codes (code_id, order_id, at) values ($1, $2, now())", [
          id,
          shop.newId(),
        ]),
      ),
    );
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("that was sold and comes on sale again by mistake is not delivered again, and holds up no other order", async () => {
    await shop.addProduct({ sku: "CARD", codes: 1 });
    const [first] = await placePaid(1);
    if (!first) throw new Error("no order");
    await fulfilCodes(deps);
    expect(await statusOf(first)).toBe("delivered");
    await shop.db.sql.query("update codes set status = 'available', order_id = null, line_id = null");
    const again = await place();
    await shop.addCodes("CARD", 20);
    const others = await Promise.all(Array.from({ length: 20 }, () => place()));
    await payFor(shop, [again, ...others]);
    await fulfilCodes(deps);
    expect(await Promise.all(others.map(statusOf))).toEqual(others.map(() => "delivered"));
    expect(await statusOf(again)).toBe("delivering");
    await tryToTheEnd();
    expect(await statusOf(again)).toBe("delivery_failed");
    expect((await view(again)).codes).toBeUndefined();
    expect(
      await shop.value("select count(*)::int from delivered_codes where order_id = $1", [again.id]),
    ).toBe(0);
    expect(
      await shop.value("select count(*)::int from delivered_codes where order_id = $1", [first.id]),
    ).toBe(1);
    // Nor does it go to the next buyer.
    await refund(again);
    expect(await shelf()).toEqual({ sold: 20, void: 1 });
  });
});

describe("D1: an order of card codes", () => {
  type Spoiling = [string, (orderId: string) => Promise<unknown>];
  const unreadable: Spoiling[] = [
    [
      "a code was tampered with",
      (id) =>
        shop.db.sql.query(
          `update codes set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1) where id = (
            select id from codes where order_id = $1 order by id limit 1)`,
          [id],
        ),
    ],
    [
      "a code was sealed for another product",
      async (id) => {
        await shop.addProduct({ sku: "OTHER", codes: 1 });
        await shop.db.sql.query(
          `update codes set sealed = (select sealed from codes c join products p on p.id = c.product_id where p.sku = 'OTHER')
            where id = (select id from codes where order_id = $1 order by id limit 1)`,
          [id],
        );
      },
    ],
  ];
  const miscounted: Spoiling[] = [
    [
      "a code is missing",
      (id) =>
        shop.db.sql.query(
          `update codes set status = 'void', order_id = null, line_id = null where id = (
            select id from codes where order_id = $1 order by id limit 1)`,
          [id],
        ),
    ],
    [
      "all codes are missing",
      (id) =>
        shop.db.sql.query(
          "update codes set status = 'void', order_id = null, line_id = null where order_id = $1",
          [id],
        ),
    ],
    [
      "it holds a code more than it bought",
      (id) =>
        shop.db.sql.query(
          `update codes set status = 'held', order_id = $1, line_id = (select id from order_lines where order_id = $1)
            where id = (select id from codes where status = 'available' limit 1)`,
          [id],
        ),
    ],
    [
      "one of its codes is of another product",
      async (id) => {
        await shop.addProduct({ sku: "OTHER", codes: 1 });
        await shop.db.sql.query(
          `with gone as (
              update codes set status = 'void', order_id = null, line_id = null
              where id = (select id from codes where order_id = $1 order by id limit 1))
            update codes set status = 'held', order_id = $1, line_id = (select id from order_lines where order_id = $1)
            where product_id = (select id from products where sku = 'OTHER')`,
          [id],
        );
      },
    ],
  ];

  it.each([...unreadable, ...miscounted])(
    "is never delivered when %s; it fails with its reason, and its neighbours are delivered",
    async (_, spoilIt) => {
      await shop.addProduct({ sku: "CARD", codes: 12 });
      const [spoilt, ...others] = await placePaid(3, 3);
      if (!spoilt) throw new Error("no order");
      await spoilIt(spoilt.id);
      await tryToTheEnd();
      expect(await Promise.all(others.map(statusOf))).toEqual(["delivered", "delivered"]);
      expect(await view(spoilt)).toMatchObject({
        status: "delivery_failed",
        failure: {
          code: "delivery.supplier_failed",
          remedies: [{ kind: "wait" }, { kind: "contact_support" }],
        },
      });
      expect((await view(spoilt)).codes).toBeUndefined();
      expect(await events(spoilt.id)).toEqual([
        ...["placed", "paid", "delivering", "delivery_retry", "delivery_retry", "delivery_retry", "failed"],
      ]);
      expect(await handed()).toBe(6);
    },
  );

  it.each(miscounted)("is not handed over when %s only after it was claimed", async (_, spoilIt) => {
    await shop.addProduct({ sku: "CARD", codes: 12 });
    const [spoilt, other] = await placePaid(2, 3);
    if (!spoilt || !other) throw new Error("no orders");
    const [now, token] = [shop.clock.now(), crypto.randomUUID()];
    expect(await claim(token)).toHaveLength(2);
    await spoilIt(spoilt.id);
    const orderIds = [spoilt.id, other.id];
    const done = await completeDelivery(shop.db.sql, { token, orderIds, now });
    expect(done.map(({ id }) => id)).toEqual([other.id]);
    expect(await statusOf(spoilt)).toBe("delivering");
    expect(await handed()).toBe(3);
  });

  it("shows no code before it is delivered, and then exactly what it bought", async () => {
    await shop.addProduct({ sku: "CARD", codes: 5 });
    await shop.addProduct({ sku: "OTHER", codes: 5 });
    const order = await shop.place({
      body: {
        ...orderBody("CARD"),
        items: [
          { sku: "CARD", quantity: 2 },
          { sku: "OTHER", quantity: 1 },
          { sku: "CARD", quantity: 1 },
        ],
      },
    });
    expect((await view(order)).codes).toBeUndefined();
    await payFor(shop, [order]);
    expect((await view(order)).codes).toBeUndefined();
    await claim(shop.newId());
    expect(await view(order)).toMatchObject({ status: "delivering" });
    expect((await view(order)).codes).toBeUndefined();
    shop.clock.advance(rules.leaseMs);
    await fulfilCodes(deps);
    expect((await view(order)).codes?.map(({ sku }) => sku).sort()).toEqual([
      "CARD",
      "CARD",
      "CARD",
      "OTHER",
    ]);
  });
});

describe("S2: codes of an order that failed and is refunded", () => {
  const breakOne = (order: PlacedOrder) =>
    shop.db.sql.query(
      `update codes set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1)
        where id = (select min(id) from codes where order_id = $1)`,
      [order.id],
    );

  it("return to the shelf, but for exactly those that cannot be read: these are void", async () => {
    await shop.addProduct({ sku: "CARD", codes: 50 });
    const [order] = await placePaid(1, 40);
    if (!order) throw new Error("no order");
    await breakOne(order);
    const broken = await shop.value<string>("select min(id) from codes where order_id = $1", [order.id]);
    await tryToTheEnd();
    await refund(order);
    expect(await shelf()).toEqual({ available: 49, void: 1 });
    expect(await shop.value("select id from codes where status = 'void'")).toBe(broken);
    const [next] = await placePaid(1, 40);
    await fulfilCodes(deps);
    expect(next && (await statusOf(next))).toBe("delivered");
  });

  it("all return when the last failure was not about reading them", async () => {
    await shop.addProduct({ sku: "CARD", codes: 3 });
    const [order] = await placePaid(1, 3);
    if (!order) throw new Error("no order");
    await breakOne(order);
    await tryToTheEnd();
    // The key is mended, and a code is lost.
    await breakOne(order);
    await shop.db.sql.query(
      "update codes set status = 'void', order_id = null, line_id = null where id = (select max(id) from codes)",
    );
    await redeliver(shop, { id: order.id, reason: "mended", by: null });
    await tryToTheEnd();
    await refund(order);
    expect(await shelf()).toEqual({ available: 2, void: 1 });
  });
});

describe("a lease", () => {
  it("keeps others off until it ends; then another worker delivers, and the first can do nothing any more", async () => {
    await shop.addProduct({ sku: "CARD", codes: 1 });
    const [order] = await placePaid(1);
    if (!order) throw new Error("no order");
    const dead = crypto.randomUUID();
    expect(await claim(dead)).toMatchObject([{ id: order.id, begunBefore: false }]);
    shop.clock.advance(rules.leaseMs - 1);
    expect(await claim(crypto.randomUUID())).toEqual([]);
    shop.clock.advance(1);
    const heir = crypto.randomUUID();
    expect(await claim(heir)).toMatchObject([{ id: order.id, begunBefore: true }]);

    const now = shop.clock.now();
    const late = { id: order.id, token: dead, now, code: "delivery.supplier_failed", detail: "too late" };
    expect(await completeDelivery(shop.db.sql, { token: dead, orderIds: [order.id], now })).toEqual([]);
    expect(await postpone(shop.db.sql, { ...late, at: now, afterMs: 0, failure: late })).toBe(false);
    expect(await failDelivery(shop.db.sql, late)).toBe(false);
    expect(await events(order.id)).toEqual(["placed", "paid", "delivering"]);
    expect(await completeDelivery(shop.db.sql, { token: heir, orderIds: [order.id], now })).toHaveLength(1);
    expect(await completeDelivery(shop.db.sql, { token: heir, orderIds: [order.id], now })).toEqual([]);
    expect(await events(order.id)).toEqual(["placed", "paid", "delivering", "delivered"]);
    expect(await handed()).toBe(1);
  });

  it("that ended while its worker was at work lets one of the two deliver, at whatever moment they meet", async () => {
    await shop.addProduct({ sku: "CARD", codes: 30 });
    const orders = await placePaid(30);
    const orderIds = orders.map(({ id }) => id);
    const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
    await claim(one);
    shop.clock.advance(rules.leaseMs);
    const now = shop.clock.now();
    const complete = (token: string) => completeDelivery(shop.db.sql, { token, orderIds, now });
    const [, , ...done] = await Promise.all([claim(two), complete(one), complete(two), complete(one)]);
    await complete(two);
    expect(done.flat().length).toBeLessThanOrEqual(30);
    expect(await handed()).toBe(30);
    for (const order of orders)
      expect(await events(order.id)).toEqual(["placed", "paid", "delivering", "delivered"]);
  });

  it("is given to one of the workers that ask at once: they share what is due, and wait for nobody", async () => {
    await shop.addProduct({ sku: "CARD", codes: 20 });
    await placePaid(20);
    const shares = await shop.db.transaction(async (sql) => [
      await claim(crypto.randomUUID(), 10, sql),
      await claim(crypto.randomUUID(), 10),
      await claim(crypto.randomUUID(), 10),
    ]);
    expect(shares.map((share) => share.length)).toEqual([10, 10, 0]);
    expect(new Set(shares.flat().map(({ id }) => id)).size).toBe(20);
  });

  it("is kept by a batch of which some have ended: those alone go to others", async () => {
    await shop.addProduct({ sku: "CARD", codes: 4 });
    const [first] = await placePaid(2);
    const token = crypto.randomUUID();
    await claim(token);
    shop.clock.advance(rules.leaseMs - 1_000);
    await placePaid(2);
    expect(await fulfilCodes(deps)).toEqual({ more: false });
    expect(await handed()).toBe(2);
    expect(first && (await statusOf(first))).toBe("delivering");
    shop.clock.advance(1_000);
    await fulfilCodes(deps);
    expect(await handed()).toBe(4);
  });
});
