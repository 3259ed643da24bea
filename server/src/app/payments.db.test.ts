import { remediesOf } from "@orderwatch/shared/problem.ts";
import type { PaymentMethod, PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";
import { rules } from "../shop/orders/actions.ts";

let shop: TestShopServer;
beforeAll(async () => {
  shop = await openTestShopServer();
  await shop.addProduct({ sku: "CARD", codes: 100, priceFen: 1234 });
});
afterEach(() => shop.sandbox.recover());
afterAll(() => shop.close());

const methods = ["wechat", "alipay"] as const;
const open = (paymentId: string) => shop.call("GET", `/pay/${paymentId}`);
const events = (orderId: string) =>
  shop.value<string[]>("select jsonb_agg(type order by id) from order_events where order_id = $1", [orderId]);
const handed = (orderId: string) =>
  shop.value<number>("select count(*)::int from delivered_codes where order_id = $1", [orderId]);
/** The company's own record of a payment, with what it has given back. */
const trade = async (paymentId: string) => {
  const { trades } = await shop.sandbox.books();
  return trades.find(({ outTradeNo }) => outTradeNo === paymentId.replaceAll("-", ""));
};

/** Lets time pass until something is as it should be. */
async function passUntil<T>(look: () => Promise<T>, wanted: T, stepMs = 10_000): Promise<void> {
  await expect
    .poll(
      async () => {
        const seen = await look();
        if (seen !== wanted) shop.clock.advance(stepMs);
        return seen;
      },
      { timeout: 15_000, interval: 100 },
    )
    .toBe(wanted);
}

const refundsOf = (orderId: string) =>
  shop.value<unknown>(
    `select jsonb_agg(jsonb_build_object('payment', payment_id, 'amount', amount_fen, 'status', status)) from refunds where order_id = $1`,
    [orderId],
  );

/** Paid at the company, while nothing of it reaches the shop. */
async function payUnheard({ payment: { id, method } }: PlacedOrder): Promise<void> {
  if (method === "balance") throw new Error("no company knows of it");
  expect(await open(id)).toMatchObject({ status: 303 });
  await shop.sandbox.behave({ provider: method, dropCallbacks: true, errorRate: 1 });
  expect(await shop.sandbox.pay(id)).toBe(200);
}

describe("P4: paying more than once", () => {
  it.each([
    ["wechat", "alipay"],
    ["alipay", "wechat"],
  ] as const)("by %s and then %s: one delivery, and the surplus goes back", async (first, second) => {
    const order = await shop.order("CARD", { method: first });
    await open(order.payment.id);
    expect(await shop.sandbox.pay(order.payment.id, "timeout")).toBe(200);
    // The first company is not to be reached until the buyer has paid at both, so its page stays open.
    await shop.sandbox.behave({ provider: first, errorRate: 1 });
    const other = await shop.payAgain(order, second);
    expect(await shop.sandbox.pay(other.id, "timeout")).toBe(200);
    expect(await Promise.all([shop.sandbox.pay(order.payment.id), shop.sandbox.pay(other.id)])).toEqual([
      200, 200,
    ]);
    await shop.sandbox.recover();

    await shop.until(order.id, "delivered");
    await passUntil(
      () =>
        shop.value("select count(*)::int from refunds where order_id = $1 and status = 'done'", [order.id]),
      1,
    );
    expect(await handed(order.id)).toBe(1);
    expect((await events(order.id)).filter((type) => type === "paid" || type === "delivered")).toEqual([
      "paid",
      "delivered",
    ]);
    const back = await Promise.all(
      [order.payment.id, other.id].map(async (id) => (await trade(id))?.refunds),
    );
    expect(back.flat()).toMatchObject([{ amountFen: 1234 }]);
    expect(await refundsOf(order.id)).toMatchObject([{ amount: 1234, status: "done" }]);
    expect(await shop.status(order.id)).toBe("delivered");
  });

  it.each(methods)("by clicking again and again opens one trade at %s", async (method) => {
    const order = await shop.order("CARD", { method });
    const clicks = await Promise.all(Array.from({ length: 10 }, () => open(order.payment.id)));
    expect(clicks.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 303));
    const expiry = await shop.value<Date>("select expires_at from orders where id = $1", [order.id]);
    await open(order.payment.id);
    expect(await shop.value("select expires_at from orders where id = $1", [order.id])).toEqual(expiry);
    expect(await shop.sandbox.pay(order.payment.id)).toBe(200);
    expect(await shop.sandbox.pay(order.payment.id)).toBe(409);
    await shop.until(order.id, "delivered");
    expect(await open(order.payment.id)).toMatchObject({ status: 303 });
    expect((await open(order.payment.id)).headers.get("location")).toBe(`${shop.shopUrl}/o/${order.id}`);
    expect(await handed(order.id)).toBe(1);
    expect(await refundsOf(order.id)).toBeNull();
  });

  it("by asking for other payments leaves one that can be paid; the earlier ones are closed at their company", async () => {
    const order = await shop.order("CARD");
    const offers = [order.payment];
    const wanted: PaymentMethod[] = ["wechat", "alipay", "wechat", "wechat"];
    for (const method of wanted) {
      await open(offers.at(-1)?.id ?? "");
      offers.push(await shop.payAgain(order, method));
    }
    const last = offers.at(-1)?.id ?? "";
    for (const offer of offers.slice(0, -1)) expect(await shop.sandbox.pay(offer.id)).not.toBe(200);
    expect(await shop.sandbox.pay(last)).toBe(200);
    await shop.until(order.id, "delivered");
    expect(
      await shop.value("select jsonb_agg(status order by id) from payments where order_id = $1", [order.id]),
    ).toEqual(["closed", "closed", "closed", "closed", "paid"]);
    expect(
      await shop.call("POST", `/api/orders/${order.id}/pay`, {
        token: order.token,
        body: { paymentMethod: "alipay" },
      }),
    ).toMatchObject({
      status: 409,
      body: { code: "order.not_payable" },
    });
  });
});

describe.each(methods)("P5: a callback of %s that never comes", (method) => {
  it("is made up for by asking, half a minute later, though nobody looks at the order", async () => {
    const order = await shop.order("CARD", { method });
    await payUnheard(order);
    await shop.sandbox.recover();
    await shop.sandbox.behave({ provider: method, dropCallbacks: true });
    shop.clock.advance(30_000);
    await shop.until(order.id, "delivered");
    expect(
      await shop.value("select jsonb_agg(notice_id) from payment_notices where payment_id = $1", [
        order.payment.id,
      ]),
    ).toEqual([`asked:${order.payment.id}`]);
  });

  it("is made up for at once when the buyer looks", async () => {
    const order = await shop.order("CARD", { method });
    await payUnheard(order);
    await shop.sandbox.recover();
    await shop.sandbox.behave({ provider: method, dropCallbacks: true });
    expect(["paid", "delivering", "delivered"]).toContain((await shop.read(order)).status);
    await shop.until(order.id, "delivered");
  });
});

it("P5: money for a payment that the shop forgot it had opened is found when the buyer opens it again", async () => {
  const order = await shop.order("CARD", { method: "wechat" });
  await shop.sandbox.providers.wechat?.prepay({
    paymentId: order.payment.id,
    amountFen: 1234,
    description: "CARD",
    notifyUrl: `${shop.shopUrl}/api/payments/wechat/notify`,
    returnUrl: `${shop.shopUrl}/o/${order.id}`,
    expiresAt: new Date(shop.clock.now().getTime() + 60_000),
    buyerIp: "192.0.2.1",
  });
  await shop.sandbox.behave({ provider: "wechat", dropCallbacks: true });
  // On the company's own page, which does not pass by the shop.
  const paid = await fetch(`${shop.sandbox.url}/cashier/${order.payment.id.replaceAll("-", "")}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ outcome: "success" }),
  });
  expect(paid.status).toBe(200);
  expect((await open(order.payment.id)).headers.get("location")).toBe(`${shop.shopUrl}/o/${order.id}`);
  await shop.until(order.id, "delivered");
  expect(await shop.value("select failure_code from payments where id = $1", [order.payment.id])).toBeNull();
});

describe.each(methods)("a payer who is refused at %s", (method) => {
  it.each([
    ["limit_exceeded", "payment.limit_exceeded"],
    ["declined", "payment.declined"],
    ["timeout", "payment.timeout"],
  ] as const)("%s learns why, once, with a way out, and can still pay", async (outcome, code) => {
    const order = await shop.order("CARD", { method });
    await open(order.payment.id);
    expect(await shop.sandbox.pay(order.payment.id, outcome)).toBe(200);
    for (let n = 0; n < 3; n++) {
      const seen = await shop.read(order);
      expect(seen).toMatchObject({ status: "awaiting_payment", failure: { code } });
      expect(seen.failure?.remedies.map(({ kind }) => kind)).toEqual(remediesOf[code]);
      expect(seen.payment?.id).toBe(order.payment.id);
      shop.clock.advance(1_000);
    }
    expect(await events(order.id)).toEqual(["placed", "failed"]);
    const other = await shop.payAgain(order, method === "wechat" ? "alipay" : "wechat");
    expect((await shop.read(order)).failure).toBeUndefined();
    await open(other.id);
    expect(await shop.sandbox.pay(other.id)).toBe(200);
    await shop.until(order.id, "delivered");
  });
});

describe.each(methods)("P6: money that %s takes but tells of only after the order has expired", (method) => {
  it("buys what it was meant for, while that is still there", async () => {
    const order = await shop.order("CARD", { method });
    await payUnheard(order);
    shop.clock.advance(rules.prolongMs);
    await shop.until(order.id, "expired");
    expect(await shop.value("select count(*)::int from codes where order_id = $1", [order.id])).toBe(0);
    await shop.sandbox.recover();
    await passUntil(() => shop.status(order.id), "delivered");
    expect(await events(order.id)).toEqual(["placed", "expired", "paid", "delivering", "delivered"]);
    expect(await refundsOf(order.id)).toBeNull();
    expect(await handed(order.id)).toBe(1);
  });

  it("goes back when that is sold out, and the order says why", async () => {
    const sku = `LAST-${method}`;
    await shop.addProduct({ sku, codes: 1, priceFen: 1234 });
    const order = await shop.order(sku, { method });
    await payUnheard(order);
    shop.clock.advance(rules.prolongMs);
    await shop.until(order.id, "expired");
    await shop.order(sku);
    await shop.sandbox.recover();
    await passUntil(() => shop.status(order.id), "refunded");
    expect(await events(order.id)).toEqual(["placed", "expired", "refunding", "refunded"]);
    expect(await refundsOf(order.id)).toEqual([{ payment: order.payment.id, amount: 1234, status: "done" }]);
    expect((await trade(order.payment.id))?.refunds).toMatchObject([{ amountFen: 1234 }]);
    expect(await handed(order.id)).toBe(0);
    const seen = await shop.read(order);
    expect(seen.failure).toMatchObject({ code: "payment.late" });
    expect(seen.failure?.remedies.map(({ kind }) => kind)).toEqual(remediesOf["payment.late"]);
    expect(seen.refunds).toMatchObject([{ amountFen: 1234, code: "payment.late", status: "done" }]);
  });
});

describe("a payment company that does not answer", () => {
  it("is named with the other way to pay, and the order can be paid that way", async () => {
    await shop.sandbox.behave({ provider: "wechat", errorRate: 1 });
    const order = await shop.order("CARD", { method: "wechat" });
    const refused = await open(order.payment.id);
    expect(refused).toMatchObject({
      status: 503,
      body: {
        code: "payment.channel_unavailable",
        remedies: [{ kind: "switch_payment", paymentMethods: ["alipay"] }],
      },
    });
    const other = await shop.payAgain(order, "alipay");
    await open(other.id);
    expect(await shop.sandbox.pay(other.id)).toBe(200);
    await shop.until(order.id, "delivered");
  });
});
