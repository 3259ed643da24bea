import type { PaymentMethod, PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { signNotice } from "../../../test/payment-notices.ts";
import { openTestShopServer, type TestShopServer } from "../../../test/shop-server.ts";
import { listAudit, verifyAudit } from "../audit/actions.ts";
import { confirmOrderPayment, type RepairContext, redeliverOrder, refundOrder } from "./actions.ts";

let shop: TestShopServer;
let context: RepairContext;
const by = { staff: { id: "staff-1", name: "Li Na" }, requestId: "request-1" };
const methods = ["wechat", "alipay"] as const;

beforeAll(async () => {
  shop = await openTestShopServer();
  context = { ...shop, providers: shop.sandbox.providers, supplier: shop.sandbox.supplier };
  await shop.addProduct({ sku: "CARD", codes: 200, priceFen: 1000 });
  await shop.addProduct({ sku: "TOPUP", kind: "recharge", priceFen: 1000 });
});
afterEach(() => shop.sandbox.recover());
afterAll(() => shop.close());

const soon = (look: () => Promise<void>) => vi.waitFor(look, { timeout: 10_000, interval: 20 });
const open = (paymentId: string) => shop.call("GET", `/pay/${paymentId}`);
const eventsOf = (orderId: string) =>
  shop.value<{ type: string; facts: Record<string, unknown> | null }[]>(
    "select jsonb_agg(jsonb_build_object('type', type, 'facts', facts) order by id) from order_events where order_id = $1",
    [orderId],
  );
const refundsOf = (orderId: string) =>
  shop.value<{ id: string; amount: number; status: string }[] | null>(
    "select jsonb_agg(jsonb_build_object('id', id, 'amount', amount_fen, 'status', status) order by id) from refunds where order_id = $1",
    [orderId],
  );
const auditOf = async (orderId: string) =>
  (await listAudit(context, { targetKind: "order", targetId: orderId, limit: 50 })).items;
const trade = async (paymentId: string) => {
  const { trades } = await shop.sandbox.books();
  return trades.find(({ outTradeNo }) => outTradeNo === paymentId.replaceAll("-", ""));
};

async function delivered(method: PaymentMethod = "wechat"): Promise<PlacedOrder> {
  const order = await shop.order("CARD", { method });
  await open(order.payment.id);
  expect(await shop.sandbox.pay(order.payment.id)).toBe(200);
  await shop.until(order.id, "delivered");
  return order;
}

/** Paid at the company, whose callbacks all get lost; it can be asked unless `silent`. */
async function paidUnheard({ silent = false } = {}): Promise<PlacedOrder> {
  const order = await shop.order("CARD");
  await open(order.payment.id);
  await shop.sandbox.behave({ provider: "wechat", dropCallbacks: true, ...(silent ? { errorRate: 1 } : {}) });
  expect(await shop.sandbox.pay(order.payment.id)).toBe(200);
  return order;
}

describe("P7: giving money back by hand", () => {
  it.each(methods)(
    "in full ends the order: refunding, then refunded once %s has returned it",
    async (method) => {
      const order = await delivered(method);
      const seen = await refundOrder(context, by, order.id, { reason: "bought twice by mistake" });
      expect(seen.status).toBe("refunding");
      expect(seen.repairs).toMatchObject({ refund: "all_returned", leftFen: 0 });
      await shop.until(order.id, "refunded");
      expect((await trade(order.payment.id))?.refunds).toMatchObject([{ amountFen: 1000 }]);
      const told = (await eventsOf(order.id)).filter(({ type }) => type.startsWith("refund"));
      expect(told.map(({ type }) => type)).toEqual(["refunding", "refunded"]);
      expect(told[0]?.facts).toMatchObject({
        by: "Li Na",
        reason: "bought twice by mistake",
        amountFen: 1000,
      });
      expect(await auditOf(order.id)).toMatchObject([
        {
          ...{ action: "order.refunded", actor: "Li Na", staffId: "staff-1", requestId: "request-1" },
          ...{ reason: "bought twice by mistake", facts: { amountFen: 1000, endsOrder: true } },
        },
      ]);
      await expect(refundOrder(context, by, order.id, { reason: "again" })).rejects.toMatchObject({
        code: "order.not_refundable",
      });
      expect(await auditOf(order.id)).toHaveLength(1);
    },
  );

  it("in parts leaves the order as it is, until the last part", async () => {
    const order = await delivered();
    await refundOrder(context, by, order.id, { reason: "a scratch", amountFen: 300 });
    expect(await shop.status(order.id)).toBe("delivered");
    await expect(
      refundOrder(context, by, order.id, { reason: "too much", amountFen: 701 }),
    ).rejects.toMatchObject({ code: "refund.exceeds_paid" });
    await refundOrder(context, by, order.id, { reason: "the rest", amountFen: 700 });
    expect(await shop.status(order.id)).toBe("refunding");
    await shop.until(order.id, "refunded");
    expect((await trade(order.payment.id))?.refunds.map(({ amountFen }) => amountFen)).toEqual([300, 700]);
  });

  it("asked for many times at once never exceeds what was paid", async () => {
    const order = await delivered();
    const answers = await Promise.allSettled(
      Array.from({ length: 8 }, () =>
        refundOrder(context, by, order.id, { reason: "storm", amountFen: 300 }),
      ),
    );
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    expect(await auditOf(order.id)).toHaveLength(3);
  });

  it("repeated under its own id gives nothing back a second time", async () => {
    const order = await delivered();
    const request = { reason: "double click", amountFen: 100, refundId: shop.newId() };
    await Promise.all([1, 2, 3].map(() => refundOrder(context, by, order.id, request)));
    expect(await refundsOf(order.id)).toMatchObject([{ id: request.refundId, amount: 100 }]);
    expect(await auditOf(order.id)).toHaveLength(1);
    const other = await delivered();
    await expect(refundOrder(context, by, other.id, request)).rejects.toMatchObject({
      code: "order.conflict",
    });
  });

  it("before delivery returns the codes to the shelf", async () => {
    const order = await shop.order("TOPUP", { account: "10001" });
    await expect(refundOrder(context, by, order.id, { reason: "unpaid" })).rejects.toMatchObject({
      code: "order.not_refundable",
    });
    const held = await shop.order("CARD");
    await shop.db.sql.query("update payments set status = 'paid', paid_at = now() where order_id = $1", [
      held.id,
    ]);
    await shop.db.sql.query("update orders set status = 'under_review', paid_at = now() where id = $1", [
      held.id,
    ]);
    const seen = await refundOrder(context, by, held.id, { reason: "a fraud" });
    expect(seen).toMatchObject({ status: "refunding", codesHeld: 0, codesSold: 0 });
  });
});

describe("a refund's way back", () => {
  it("is over when WeChat Pay calls back, without being asked", async () => {
    const order = await delivered();
    await refundOrder(context, by, order.id, { reason: "by callback" });
    // The clock stands still, so nobody asks a second time.
    await shop.until(order.id, "refunded");
    const notice = await shop.value<{ verdict: string }>(
      "select jsonb_build_object('verdict', verdict) from payment_notices where refund_id is not null and payment_id = $1",
      [order.payment.id],
    );
    expect(notice).toEqual({ verdict: "settled" });
  });

  it("ends once, however many callbacks tell of it", async () => {
    await shop.sandbox.behave({ provider: "wechat", duplicateCallbacks: 5 });
    const order = await delivered();
    await refundOrder(context, by, order.id, { reason: "by many callbacks" });
    await shop.until(order.id, "refunded");
    const told = (await eventsOf(order.id)).filter(({ type }) => type === "refunded");
    expect(told).toHaveLength(1);
  });

  it("that cannot reach the buyer is told, keeps its money from being given twice, and is asked about", async () => {
    const order = await delivered();
    await shop.sandbox.behave({ provider: "wechat", refunds: "abnormal" });
    await refundOrder(context, by, order.id, { reason: "a closed bank card" });
    await soon(async () => expect(await refundsOf(order.id)).toMatchObject([{ status: "abnormal" }]));
    const told = (await eventsOf(order.id)).at(-1);
    expect(told).toMatchObject({ type: "refund_abnormal", facts: { amountFen: 1000 } });
    expect(await shop.status(order.id)).toBe("refunding");
    await expect(refundOrder(context, by, order.id, { reason: "again" })).rejects.toMatchObject({
      code: "order.not_refundable",
    });
  });

  it("that the company closes gave nothing back, and can be begun anew", async () => {
    const order = await delivered();
    await shop.sandbox.behave({ provider: "wechat", refunds: "closed" });
    await refundOrder(context, by, order.id, { reason: "first try" });
    await soon(async () => expect(await refundsOf(order.id)).toMatchObject([{ status: "failed" }]));
    await shop.sandbox.recover();
    const seen = await refundOrder(context, by, order.id, { reason: "second try" });
    expect(seen.refunds.map(({ amountFen }) => amountFen)).toEqual([1000, 1000]);
    await shop.until(order.id, "refunded");
    expect(await refundsOf(order.id)).toMatchObject([{ status: "failed" }, { status: "done" }]);
  });
});

describe("delivering again by hand", () => {
  it("brings an order whose delivery failed to its end, once", async () => {
    await shop.sandbox.behave({ provider: "supplier", errorRate: 1 });
    const order = await shop.order("TOPUP", { account: "13800138000" });
    await open(order.payment.id);
    expect(await shop.sandbox.pay(order.payment.id)).toBe(200);
    await expect
      .poll(
        async () => {
          shop.clock.advance(1_000);
          return await shop.status(order.id);
        },
        { timeout: 20_000, interval: 200 },
      )
      .toBe("delivery_failed");
    await shop.sandbox.recover();
    const seen = await redeliverOrder(context, by, order.id, { reason: "the supplier is back" });
    expect(["delivering", "delivered"]).toContain(seen.status);
    await expect
      .poll(
        async () => {
          shop.clock.advance(1_000);
          return await shop.status(order.id);
        },
        { timeout: 20_000, interval: 200 },
      )
      .toBe("delivered");
    const told = (await eventsOf(order.id)).filter(({ type }) => type === "delivering");
    expect(told.at(-1)?.facts).toMatchObject({ by: "Li Na", reason: "the supplier is back" });
    expect(await auditOf(order.id)).toMatchObject([{ action: "order.redelivered" }]);
    await expect(redeliverOrder(context, by, order.id, { reason: "again" })).rejects.toMatchObject({
      code: "order.not_deliverable",
    });
    expect(await auditOf(order.id)).toHaveLength(1);
  });
});

describe("confirming a payment by hand", () => {
  it("P5: finds money that the company knows of, and says whose word it is", async () => {
    const order = await paidUnheard();
    const seen = await confirmOrderPayment(context, by, order.id, { reason: "the buyer sent a receipt" });
    expect(["paid", "delivering", "delivered"]).toContain(seen.status);
    await shop.until(order.id, "delivered");
    const paid = (await eventsOf(order.id)).find(({ type }) => type === "paid");
    expect(paid?.facts).toMatchObject({ by: "Li Na", reason: "the buyer sent a receipt" });
    expect(await auditOf(order.id)).toMatchObject([
      { action: "order.paymentConfirmed", facts: { confirmedBy: "provider", providerSaid: "success" } },
    ]);
  });

  it("is refused where the company says that no money came, unless somebody stands up for it", async () => {
    const order = await shop.order("CARD");
    await open(order.payment.id);
    const claim = { reason: "I saw it", tradeNo: "4200000000000000000000000001" };
    for (const given of [{ reason: "I saw it" }, claim, { reason: "I saw it", despiteProvider: true }])
      await expect(confirmOrderPayment(context, by, order.id, given)).rejects.toMatchObject({
        code: "payment.not_received",
      });
    expect(await shop.status(order.id)).toBe("awaiting_payment");
    expect(await auditOf(order.id)).toEqual([]);
    await confirmOrderPayment(context, by, order.id, { ...claim, despiteProvider: true });
    await shop.until(order.id, "delivered");
    expect(await auditOf(order.id)).toMatchObject([
      { facts: { confirmedBy: "staff", providerSaid: "pending", tradeNo: claim.tradeNo } },
    ]);
    const next = await shop.order("CARD");
    await open(next.payment.id);
    await expect(
      confirmOrderPayment(context, by, next.id, { ...claim, despiteProvider: true }),
    ).rejects.toMatchObject({ code: "payment.trade_used" });
  });

  it("P1: on a person's word is not doubled by the real callback that comes later", async () => {
    const order = await paidUnheard({ silent: true });
    await expect(confirmOrderPayment(context, by, order.id, { reason: "no number" })).rejects.toMatchObject({
      code: "payment.not_received",
    });
    const given = { reason: "seen in the merchant's app", tradeNo: "4200000000000000000000000002" };
    const answers = await Promise.allSettled(
      [1, 2, 3].map(() => confirmOrderPayment(context, by, order.id, given)),
    );
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await shop.until(order.id, "delivered");
    const tradeNo = (await trade(order.payment.id))?.tradeNo ?? "";
    const facts = { paymentId: order.payment.id, amountFen: 1000, now: shop.clock.now(), tradeNo };
    const { headers, body } = signNotice(inject("sandboxKeys"), "wechat", facts);
    expect(await shop.call("POST", "/api/payments/wechat/notify", { headers, body })).toMatchObject({
      status: 204,
    });
    await soon(async () =>
      expect(
        await shop.value(
          "select count(*)::int from payment_notices where payment_id = $1 and verdict = 'settled'",
          [order.payment.id],
        ),
      ).toBe(2),
    );
    expect((await eventsOf(order.id)).filter(({ type }) => type === "paid")).toHaveLength(1);
    expect(await refundsOf(order.id)).toBeNull();
    expect(
      await shop.value("select count(*)::int from delivered_codes where order_id = $1", [order.id]),
    ).toBe(1);
    // What the company says of the transaction replaces what a person typed.
    expect(await shop.value("select trade_no from payments where id = $1", [order.payment.id])).toBe(tradeNo);
    expect(await auditOf(order.id)).toHaveLength(1);
  });

  it("P1: for another payment of the order than the one that was paid, is put right when the company tells, and nothing goes back", async () => {
    const order = await paidUnheard({ silent: true });
    const { id: again } = await shop.payAgain(order, "wechat");
    const tradeNo = (await trade(order.payment.id))?.tradeNo ?? "";
    await confirmOrderPayment(context, by, order.id, { reason: "the number on the receipt", tradeNo });
    await shop.until(order.id, "delivered");
    const payments = () =>
      shop.value(
        "select jsonb_agg(jsonb_build_array(id, status, trade_no) order by status) from payments where order_id = $1",
        [order.id],
      );
    expect(await payments()).toEqual([
      [order.payment.id, "closed", null],
      [again, "paid", tradeNo],
    ]);
    await shop.sandbox.recover();
    await soon(async () => {
      shop.clock.advance(31_000);
      expect(await payments()).toEqual([
        [again, "closed", null],
        [order.payment.id, "paid", tradeNo],
      ]);
    });
    expect(await refundsOf(order.id)).toBeNull();
    expect(await shop.status(order.id)).toBe("delivered");
  });

  it("is refused for an order that is paid, and says what is possible", async () => {
    const order = await delivered();
    await expect(confirmOrderPayment(context, by, order.id, { reason: "again" })).rejects.toMatchObject({
      code: "order.not_confirmable",
    });
  });
});

it("R5: everything above stands in an audit log that is whole", async () => {
  const verdict = await verifyAudit(context);
  expect(verdict.intact).toBe(true);
  expect(verdict.entries).toBeGreaterThan(8);
});
