import { generateKeyPairSync } from "node:crypto";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type NoticeFacts, type SignedNotice, signNotice } from "../../test/payment-notices.ts";
import { openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";
import type { SandboxKeys } from "../platform/sandbox-keys.ts";

let shop: TestShopServer;
let keys: SandboxKeys;
beforeAll(async () => {
  keys = inject("sandboxKeys");
  shop = await openTestShopServer();
  await shop.addProduct({ sku: "CARD", codes: 200, priceFen: 1234 });
});
afterAll(() => shop.close());

const methods = ["wechat", "alipay"] as const;
type Method = (typeof methods)[number];
const acknowledgement = { wechat: { status: 204, text: "" }, alipay: { status: 200, text: "success" } };

async function opened(method: Method): Promise<PlacedOrder> {
  const order = await shop.order("CARD", { method });
  expect(await shop.call("GET", `/pay/${order.payment.id}`)).toMatchObject({ status: 303 });
  return order;
}

const facts = (order: PlacedOrder, more: Partial<NoticeFacts> = {}): NoticeFacts => ({
  paymentId: order.payment.id,
  amountFen: order.amountFen,
  now: shop.clock.now(),
  ...more,
});

const deliver = async (method: Method, notice: SignedNotice) => {
  const { status, text } = await shop.call("POST", `/api/payments/${method}/notify`, notice);
  return { status, text };
};

/** Everything that a payment could have moved. */
const standing = async (orderId: string) => ({
  order: await shop.value("select to_jsonb(o) from orders o where id = $1", [orderId]),
  payments: await shop.value("select jsonb_agg(p order by id) from payments p where order_id = $1", [
    orderId,
  ]),
  events: await shop.value("select jsonb_agg(e.type order by e.id) from order_events e where order_id = $1", [
    orderId,
  ]),
  codes: await shop.value("select jsonb_agg(c.status) from codes c where order_id = $1", [orderId]),
  refunds: await shop.value("select count(*)::int from refunds where order_id = $1", [orderId]),
  handed: await shop.value("select count(*)::int from delivered_codes where order_id = $1", [orderId]),
});

describe.each(methods)("P1: callbacks of %s", (method) => {
  it("20 identical ones at once, and again later: one paid transition, one delivery, success every time", async () => {
    const order = await opened(method);
    const notice = signNotice(keys, method, facts(order));
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(method, notice)));
    expect(answers).toEqual(Array.from({ length: 20 }, () => acknowledgement[method]));
    await shop.until(order.id, "delivered");
    const after = await standing(order.id);
    expect(after).toMatchObject({
      events: ["placed", "paid", "delivering", "delivered"],
      payments: [{ status: "paid" }],
      codes: ["sold"],
      refunds: 0,
      handed: 1,
    });

    shop.clock.advance(60_000);
    const another = signNotice(keys, method, facts(order));
    for (const again of [notice, another, notice, another])
      expect(await deliver(method, again)).toEqual(acknowledgement[method]);
    await expect
      .poll(() => shop.value("select count(*)::int from payment_notices where verdict = 'pending'"))
      .toBe(0);
    expect(await standing(order.id)).toEqual(after);
  });

  it("many of one payment under notice numbers of their own: still one of everything", async () => {
    await shop.sandbox.behave({ provider: method, duplicateCallbacks: 19 });
    const order = await opened(method);
    expect(await shop.sandbox.pay(order.payment.id)).toBe(200);
    await shop.until(order.id, "delivered");
    await expect
      .poll(() =>
        shop.value(
          "select count(*)::int from payment_notices where payment_id = $1 and verdict = 'settled'",
          [order.payment.id],
        ),
      )
      .toBe(20);
    expect(await standing(order.id)).toMatchObject({
      events: ["placed", "paid", "delivering", "delivered"],
      refunds: 0,
      handed: 1,
    });
    await shop.sandbox.recover();
  });
});

const stranger = () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return { privateKey, publicKey };
};

const bodyless = (notice: SignedNotice, replace: (body: string) => string): SignedNotice => ({
  ...notice,
  body: replace(notice.body),
});

/** Every way in which a callback can be wrong, with the reason that is to be on record. */
const forgeries: [string, string, (method: Method, order: PlacedOrder) => SignedNotice][] = [
  [
    "signed by a stranger",
    "signature",
    (method, order) => {
      const platform = stranger();
      const forged = { ...keys, [method]: { ...keys[method], platform } };
      return signNotice(forged, method, facts(order));
    },
  ],
  [
    "changed after signing",
    "signature",
    (method, order) =>
      bodyless(signNotice(keys, method, facts(order, { amountFen: 1 })), (body) =>
        method === "wechat"
          ? body.replace("EV-", "EV-0")
          : body.replace("total_amount=0.01", "total_amount=12.34"),
      ),
  ],
  [
    "not signed",
    "signature",
    (method, order) => {
      const notice = signNotice(keys, method, facts(order));
      const { "wechatpay-signature": _, ...headers } = notice.headers;
      return { headers, body: notice.body.replace(/(^|&)sign=[^&]*/, "") };
    },
  ],
  ["empty", "signature", () => ({ headers: { "content-type": "application/json" }, body: "" })],
  [
    "of last week",
    "timestamp",
    (method, order) =>
      signNotice(keys, method, facts(order, { now: new Date(shop.clock.now().getTime() - 7 * 86_400_000) })),
  ],
  ["of nothing", "amount", (method, order) => signNotice(keys, method, facts(order, { amountFen: 0 }))],
  [
    "of one fen less",
    "wrong_amount",
    (method, order) => signNotice(keys, method, facts(order, { amountFen: 1233 })),
  ],
  [
    "of one fen more",
    "wrong_amount",
    (method, order) => signNotice(keys, method, facts(order, { amountFen: 1235 })),
  ],
  [
    "of a hundred times as much",
    "wrong_amount",
    (method, order) => signNotice(keys, method, facts(order, { amountFen: 123_400 })),
  ],
  ["in dollars", "currency", (method, order) => signNotice(keys, method, facts(order, { currency: "USD" }))],
  [
    "for another merchant",
    "merchant",
    (method, order) =>
      signNotice(
        {
          ...keys,
          wechat: { ...keys.wechat, mchId: "1900000109" },
          alipay: { ...keys.alipay, sellerId: "2088999999999999" },
        },
        method,
        facts(order),
      ),
  ],
  [
    "for another app",
    "app",
    (method, order) =>
      signNotice(
        {
          ...keys,
          wechat: { ...keys.wechat, appId: "wx0000000000000000" },
          alipay: { ...keys.alipay, appId: "2021999999999999" },
        },
        method,
        facts(order),
      ),
  ],
  [
    "for a payment that does not exist",
    "unknown_payment",
    (method, order) => signNotice(keys, method, facts(order, { paymentId: shop.newId() })),
  ],
  [
    "for an order's number in place of its payment's",
    "unknown_payment",
    (method, order) => signNotice(keys, method, facts(order, { paymentId: order.id })),
  ],
  [
    "for a number that is none of ours",
    "malformed",
    (method, order) => signNotice(keys, method, facts(order, { paymentId: "ORDER-1" })),
  ],
];

describe.each(methods)("P2: a callback of %s", (method) => {
  it.each(forgeries)(
    "%s changes nothing, is answered as a failure, and is on record as %s",
    async (_, reason, forge) => {
      const order = await opened(method);
      const before = await standing(order.id);
      const refused = "from payment_notices where verdict = 'refused'";
      const refusedBefore = await shop.value(`select count(*) ${refused}`);
      const answer = await deliver(method, forge(method, order));
      if (method === "wechat") {
        expect(answer.status).toBe(500);
        expect(JSON.parse(answer.text)).toMatchObject({ code: "FAIL" });
      } else expect(answer).toMatchObject({ status: 200, text: "fail" });
      expect(
        await shop.value(
          `select jsonb_agg(jsonb_build_object('provider', provider, 'reason', reason, 'settled', settled_at))
            from (select * ${refused} order by id offset $1) n`,
          [refusedBefore],
        ),
      ).toEqual([{ provider: method, reason, settled: null }]);
      expect(await standing(order.id)).toEqual(before);
    },
  );

  it("with another amount, sent by the company itself, is refused, and the truth is learned by asking", async () => {
    await shop.sandbox.behave({ provider: method, wrongAmount: true });
    const order = await opened(method);
    await shop.sandbox.pay(order.payment.id);
    await expect
      .poll(() => shop.value("select reason from payment_notices where payment_id = $1", [order.payment.id]))
      .toBe("wrong_amount");
    expect(await shop.status(order.id)).toBe("awaiting_payment");
    shop.clock.advance(1_000);
    await shop.read(order);
    await shop.until(order.id, "delivered");
    await shop.sandbox.recover();
  });
});

describe("P3: a callback of one company", () => {
  it.each(methods)("never settles another's payment: %s", async (method) => {
    const other = method === "wechat" ? "alipay" : "wechat";
    const order = await opened(other);
    const before = await standing(order.id);
    const notice = signNotice(keys, method, facts(order));
    expect(await deliver(method, notice)).not.toEqual(acknowledgement[method]);
    expect(
      await shop.value("select reason from payment_notices where payment_id = $1", [order.payment.id]),
    ).toBe("wrong_provider");
    expect(await deliver(other, notice)).not.toEqual(acknowledgement[other]);
    expect(await standing(order.id)).toEqual(before);
  });
});
