import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { payFor, settling } from "../../../test/pay.ts";
import { openTestSandbox, type TestSandbox } from "../../../test/sandbox.ts";
import { createNoticeLog, createProviders, openPayment, refundDue, requestRefund } from "./actions.ts";
import { receiveRefundNotice } from "./refund-actions.ts";

let shop: TestShop;
let sandbox: TestSandbox;
beforeAll(async () => {
  shop = await openTestShop();
  await shop.addProduct({ sku: "CARD", codes: 50 });
  sandbox = await openTestSandbox({ ...shop, shopUrl: "http://shop.test" });
});
// What another test left on its way would be asked about here.
beforeEach(() => shop.db.sql.query("update refunds set next_attempt_at = null"));
afterAll(async () => {
  await sandbox.close();
  await shop.close();
});

/** A node that writes down what it sends and asks. */
function node() {
  const calls: string[] = [];
  const providers = createProviders(sandbox.merchants, { clock: shop.clock });
  for (const provider of [providers.wechat, providers.alipay]) {
    if (!provider) continue;
    const refund = provider.refund.bind(provider);
    const queryRefund = provider.queryRefund.bind(provider);
    provider.refund = (input) => {
      calls.push("sent");
      return refund(input);
    };
    provider.queryRefund = (input) => {
      calls.push("asked");
      return queryRefund(input);
    };
  }
  const notices = createNoticeLog({ sql: shop.db.sql, clock: shop.clock, newId: shop.newId });
  return { calls, deps: { ...shop, ...settling(shop), providers, notices, shopUrl: "http://shop.test" } };
}

const statusOf = (refundId: string) =>
  shop.value<string>("select status from refunds where id = $1", [refundId]);

describe.each(["wechat", "alipay"] as const)("P7: a refund at %s", (method) => {
  const asked = async () => {
    const { calls, deps } = node();
    const order = await shop.place({ body: orderBody("CARD", 1, { paymentMethod: method }) });
    const { url } = await openPayment(deps, order.payment.id, "192.0.2.1");
    await fetch(url, { redirect: "manual" });
    expect(await sandbox.pay(order.payment.id)).toBe(200);
    await payFor(shop, [order]);
    const refundId = shop.newId();
    const request = { orderId: order.id, refundId, code: "refund.by_staff", reason: "test" } as const;
    await requestRefund(deps, { ...request, by: null });
    return { calls, deps, order, refundId };
  };
  const returned = async (paymentId: string) => {
    const { trades } = await sandbox.books();
    return trades.find(({ outTradeNo }) => outTradeNo === paymentId.replaceAll("-", ""))?.refunds;
  };

  it("whose answer got lost is asked about, never sent twice", async () => {
    const { calls, deps, order, refundId } = await asked();
    await sandbox.behave({ provider: method, loseAnswers: 1, dropCallbacks: true });
    await refundDue(deps);
    expect(calls).toEqual(["sent"]);
    expect(await statusOf(refundId)).toBe("requested");
    // Still unclear, since the question has no answer either.
    shop.clock.advance(10_000);
    await refundDue(deps);
    await sandbox.recover();
    shop.clock.advance(20_000);
    await refundDue(deps);
    expect(calls).toEqual(["sent", "asked", "asked"]);
    expect(await statusOf(refundId)).toBe("done");
    expect(await returned(order.payment.id)).toHaveLength(1);
  });

  it("that never arrived goes out again, under the same number", async () => {
    const { calls, deps, order, refundId } = await asked();
    await sandbox.behave({ provider: method, errorRate: 1, dropCallbacks: true });
    await refundDue(deps);
    await sandbox.behave({ provider: method, dropCallbacks: true });
    shop.clock.advance(10_000);
    await refundDue(deps);
    expect(calls.slice(0, 3)).toEqual(["sent", "asked", "sent"]);
    shop.clock.advance(60_000);
    await refundDue(deps);
    await sandbox.recover();
    expect(await statusOf(refundId)).toBe("done");
    expect(await returned(order.payment.id)).toMatchObject([{ outRefundNo: refundId.replaceAll("-", "") }]);
  });

  it("that the company refuses again and again is for a person to see to, and goes out once it does not refuse any more", async () => {
    const { deps } = node();
    const order = await shop.place({ body: orderBody("CARD", 1, { paymentMethod: method }) });
    await openPayment(deps, order.payment.id, "192.0.2.1");
    // Money is on record here of which the company knows nothing.
    await payFor(shop, [order]);
    const refundId = shop.newId();
    const request = { orderId: order.id, refundId, code: "refund.by_staff", reason: "test" } as const;
    await requestRefund(deps, { ...request, by: null });
    const standing = () =>
      shop.value(
        `select jsonb_build_array(status, detail is not null, (select count(*) from order_events e
            where e.order_id = r.order_id and type = 'refund_abnormal')) from refunds r where id = $1`,
        [refundId],
      );
    for (let tries = 1; tries <= 4; tries++) {
      await refundDue(deps);
      expect(await standing()).toEqual(["requested", true, 0]);
      shop.clock.advance(60_000);
    }
    await refundDue(deps);
    expect(await standing()).toEqual(["abnormal", true, 1]);
    await fetch(await shop.value<string>("select url from payments where id = $1", [order.payment.id]), {
      redirect: "manual",
    });
    expect(await sandbox.pay(order.payment.id)).toBe(200);
    shop.clock.advance(60 * 60_000 - 1);
    await refundDue(deps);
    expect(await standing()).toEqual(["abnormal", true, 1]);
    shop.clock.advance(60_000);
    await refundDue(deps);
    shop.clock.advance(60_000);
    await refundDue(deps);
    expect(await statusOf(refundId)).toBe("done");
  });

  it("is sent by one node, however many look for it", async () => {
    const { calls, deps } = await asked();
    await sandbox.behave({ provider: method, dropCallbacks: true });
    await Promise.all([1, 2, 3, 4].map(() => refundDue(deps)));
    await sandbox.recover();
    expect(calls.filter((call) => call === "sent")).toHaveLength(1);
  });
});

describe("P2: a refund's callback", () => {
  it("that names another refund, payment, company or amount changes nothing and is kept on record", async () => {
    const { deps } = node();
    const order = await shop.place();
    await payFor(shop, [order]);
    const refundId = shop.newId();
    const request = { orderId: order.id, refundId, code: "refund.by_staff", reason: "test" } as const;
    await requestRefund(deps, { ...request, by: null });
    const right = {
      kind: "refund",
      noticeId: "n",
      paymentId: order.payment.id,
      refundId,
      tradeNo: "t",
      amountFen: order.amountFen,
      outcome: "success",
    } as const;
    const wrong = [
      await receiveRefundNotice(deps, "wechat", { ...right, refundId: shop.newId() }),
      await receiveRefundNotice(deps, "wechat", { ...right, paymentId: shop.newId() }),
      await receiveRefundNotice(deps, "alipay", right),
      await receiveRefundNotice(deps, "wechat", { ...right, amountFen: 1 }),
    ];
    expect(wrong).toEqual(["unknown_refund", "unknown_refund", "unknown_refund", "wrong_amount"]);
    expect(await statusOf(refundId)).toBe("requested");
    expect(await shop.value("select count(*)::int from payment_notices where verdict = 'refused'")).toBe(4);
    expect(await receiveRefundNotice(deps, "wechat", right)).toBe("accepted");
    expect(await receiveRefundNotice(deps, "wechat", { ...right, outcome: "failed" })).toBe("repeated");
    expect(await statusOf(refundId)).toBe("done");
  });
});
