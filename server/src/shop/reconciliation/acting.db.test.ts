import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openTestBills, type TestBills } from "../../../test/bills.ts";
import { orderBody } from "../../../test/order-backend.ts";
import {
  armFaults,
  type FaultPoint,
  InjectedFault,
  reconciliationFaultPoints,
} from "../../platform/faultpoint.ts";
import { learnOfPayment, openPayment, refundDue, requestRefund } from "../payments/actions.ts";
import { resolveDifference } from "./actions.ts";
import { actDue } from "./repair-actions.ts";

const hourMs = 3_600_000;
const leaseMs = 30_000;

let bills: TestBills;
beforeAll(async () => {
  bills = await openTestBills();
});
/** Each test has a day in Beijing of its own and begins at noon. */
beforeEach(() => {
  const { clock } = bills.shop;
  clock.advance(Date.parse(`${bills.today()}T04:00:00Z`) + 24 * hourMs - clock.now().getTime());
});
afterEach(() => armFaults(undefined));
afterAll(() => bills.close());

const by = { id: "staff-1", name: "Han Meimei" };

/** Whoever passes this point first goes no further, as if its process had died there. */
function dieOnceAt(wanted: FaultPoint): void {
  armFaults((point) => {
    if (point !== wanted) return undefined;
    armFaults(undefined);
    return { kind: "fail" };
  });
}

it.each(reconciliationFaultPoints)(
  "P4, P7: what is done about a difference by a process that dies at %s is done by the next one, and once",
  async (point) => {
    const { shop, payments, sandbox } = bills;
    const order = await bills.paidTwice();
    shop.clock.advance(hourMs);
    const [difference, ...more] = await bills.compare("wechat");
    if (!difference) throw new Error("no difference was found");
    expect([difference.kind, difference.orderId, more]).toEqual(["paid_twice", order.id, []]);
    const action = "ask_payment";
    await resolveDifference(shop, difference.id, { action, reason: "paid twice", by });

    dieOnceAt(point);
    await expect(actDue(payments)).rejects.toThrow(InjectedFault);
    const standing = () =>
      shop.value<{ state: string; outcome: string | null; refunds: number[] | null }>(
        `select jsonb_build_object('state', state, 'outcome', outcome,
            'refunds', (select jsonb_agg(amount_fen) from refunds r where r.order_id = d.order_id))
          from reconciliation_differences d where id = $1`,
        [difference.id],
      );
    const left = await standing();
    expect(left).toMatchObject({ state: "acting", outcome: null });
    // Nobody else begins before the dead one's lease is over.
    await actDue(payments);
    expect(await standing()).toEqual(left);
    shop.clock.advance(leaseMs);
    await actDue(payments);
    expect(await standing()).toEqual({ state: "resolved", outcome: "payment.settled", refunds: [1_000] });
    await refundDue(payments);
    const { trades } = await sandbox.books();
    const trade = trades.find(({ outTradeNo }) => outTradeNo === order.payment.id.replaceAll("-", ""));
    expect(trade?.refunds.map(({ amountFen }) => amountFen)).toEqual([1_000]);
  },
);

describe("a confirmation by hand", () => {
  /** Paid at the company, of which the shop has heard nothing; the difference that comes of it. */
  const unheard = async () => {
    const { shop, payments, sandbox } = bills;
    const order = await shop.place({ body: orderBody("CARD", 1, { paymentMethod: "wechat" }) });
    const { url } = await openPayment(payments, order.payment.id, "192.0.2.1");
    await fetch(url, { redirect: "manual" });
    expect(await sandbox.pay(order.payment.id)).toBe(200);
    return order;
  };
  const ask = async (id: string | undefined) => {
    if (id === undefined) throw new Error("no difference was found");
    await resolveDifference(bills.shop, id, { action: "confirm_payment", reason: "seen in the bill", by });
  };
  const standing = (orderId: string) =>
    bills.shop.value(
      `select jsonb_build_object('order', o.status, 'state', d.state, 'outcome', d.outcome,
          'refunds', (select count(*) from refunds r where r.order_id = o.id))
        from orders o join reconciliation_differences d on d.order_id = o.id where o.id = $1`,
      [orderId],
    );

  it.each([
    ["the company's amount", 0, "payment.settled"],
    ["another amount", 1, "payment.confirmed"],
  ])("P4: of %s whose process died once it was entered is done, and once", async (_, more, outcome) => {
    const { shop, payments } = bills;
    const order = await unheard();
    await shop.db.sql.query("update payments set amount_fen = amount_fen + $2 where id = $1", [
      order.payment.id,
      more,
    ]);
    shop.clock.advance(hourMs);
    const [difference] = await bills.compare("wechat");
    await ask(difference?.id);
    dieOnceAt("difference.acted");
    await expect(actDue(payments)).rejects.toThrow(InjectedFault);
    expect(await standing(order.id)).toEqual({ order: "paid", state: "acting", outcome: null, refunds: 0 });
    shop.clock.advance(leaseMs);
    await actDue(payments);
    expect(await standing(order.id)).toEqual({ order: "paid", state: "resolved", outcome, refunds: 0 });
  });

  it("of money that went back at the company already is refused: goods do not follow it", async () => {
    const { shop, payments } = bills;
    const order = await unheard();
    const totalFen = 1_000;
    await payments.providers.wechat?.refund({
      ...{
        paymentId: order.payment.id,
        refundId: shop.newId(),
        totalFen,
        amountFen: totalFen,
        reason: "by hand",
      },
    });
    shop.clock.advance(hourMs);
    const found = await bills.compare("wechat");
    await ask(found.find(({ kind }) => kind === "paid_unheard")?.id);
    await actDue(payments);
    expect(
      await shop.value(
        `select jsonb_build_array(o.status <> 'paid', d.state, d.outcome)
          from orders o join reconciliation_differences d on d.order_id = o.id where o.id = $1 and d.kind = 'paid_unheard'`,
        [order.id],
      ),
    ).toEqual([true, "open", "provider.returned"]);
  });

  it("that the company's own call was faster than is done by that", async () => {
    const { shop, payments } = bills;
    const order = await unheard();
    shop.clock.advance(hourMs);
    const [difference] = await bills.compare("wechat");
    await ask(difference?.id);
    await learnOfPayment(payments, order.id);
    await actDue(payments);
    expect(await standing(order.id)).toEqual({
      ...{ order: "paid", state: "resolved", outcome: "payment.settled", refunds: 0 },
    });
  });
});

it("gives back as surplus what is too much by then, though somebody returned a part by hand: the price of the goods stays", async () => {
  const { shop, payments } = bills;
  const act = async (id: string | undefined, action: "ask_payment" | "refund_surplus") => {
    if (id === undefined) throw new Error("no difference was found");
    await resolveDifference(shop, id, { action, reason: "paid twice", by });
    await actDue(payments);
  };
  const order = await bills.paidTwice();
  shop.clock.advance(hourMs);
  const [unheard] = await bills.compare("wechat");
  await act(unheard?.id, "ask_payment");
  await shop.db.sql.query("delete from refunds where order_id = $1", [order.id]);
  const [difference] = await bills.compare("alipay");
  expect(difference).toMatchObject({ kind: "paid_twice", orderId: order.id, ourFen: 1_000 });
  // By hand from the other payment, so that all of the difference's own is there still.
  const byHand = { orderId: order.id, paymentId: order.payment.id, reason: "paid twice", by };
  await requestRefund(shop, { ...byHand, code: "refund.by_staff", amountFen: 400 });
  await act(difference?.id, "refund_surplus");
  const standing = () =>
    shop.value(
      `select jsonb_build_object('status', status, 'refunds',
          (select jsonb_agg(amount_fen order by amount_fen) from refunds where order_id = o.id)) from orders o where id = $1`,
      [order.id],
    );
  expect(await standing()).toEqual({ status: "paid", refunds: [400, 600] });
  await expect(requestRefund(shop, { ...byHand, code: "payment.surplus" })).rejects.toMatchObject({
    code: "order.not_refundable",
  });
  expect(await standing()).toEqual({ status: "paid", refunds: [400, 600] });
});

describe("a refund that the company made without us", () => {
  /** Paid here and delivered from; by hand on the company's own site some of it went back. */
  const givenBackThere = async (amountFen: number) => {
    const { shop, payments, sandbox } = bills;
    const order = await shop.place({ body: orderBody("CARD", 1, { paymentMethod: "wechat" }) });
    const { url } = await openPayment(payments, order.payment.id, "192.0.2.1");
    await fetch(url, { redirect: "manual" });
    expect(await sandbox.pay(order.payment.id)).toBe(200);
    await learnOfPayment(payments, order.id);
    await shop.db.sql.query("update orders set status = 'delivery_failed' where id = $1", [order.id]);
    const back = { paymentId: order.payment.id, refundId: shop.newId(), totalFen: 1_000, reason: "by hand" };
    await payments.providers.wechat?.refund({ ...back, amountFen });
    return order;
  };
  /** What differs about an order; others' refunds, sent here too, were compared before they were done. */
  const differencesOf = async (orderId: string) =>
    (await bills.compare("wechat")).filter((difference) => difference.orderId === orderId);
  const found = async (orderId: string) => {
    bills.shop.clock.advance(hourMs);
    const differences = await differencesOf(orderId);
    const [difference] = differences;
    if (!difference) throw new Error("no difference was found");
    expect(differences.map(({ kind }) => kind)).toEqual(["refund_unknown"]);
    expect(difference.actions).toEqual(["record_refund", "accept"]);
    return difference;
  };
  const record = async (id: string) => {
    await resolveDifference(bills.shop, id, { action: "record_refund", reason: "by hand", by });
    await actDue(bills.payments);
  };
  const standing = (orderId: string) =>
    bills.shop.value(
      `select jsonb_build_object('order', o.status,
          'refunds', (select jsonb_agg(jsonb_build_array(amount_fen, status) order by id) from refunds r where r.order_id = o.id),
          'difference', (select jsonb_build_array(d.state, d.outcome) from reconciliation_differences d where d.order_id = o.id))
        from orders o where id = $1`,
      [orderId],
    );
  const settled = ["resolved", "refund.recorded"];
  /** The company takes a refund on first, and has done it when it is asked. */
  const sendRefunds = async (times = 2) => {
    for (let tries = 0; tries < times; tries += 1) {
      await refundDue(bills.payments);
      bills.shop.clock.advance(60_000);
    }
  };

  it("P7: is entered as done, once, is sent nowhere, and differs no more on any day; the rest can still go back", async () => {
    const { shop, sandbox } = bills;
    const order = await givenBackThere(400);
    const difference = await found(order.id);
    await record(difference.id);
    const after = { order: "delivery_failed", refunds: [[400, "done"]], difference: settled };
    expect(await standing(order.id)).toEqual(after);
    await sendRefunds();
    expect(await differencesOf(order.id)).toEqual([]);
    expect(await standing(order.id)).toEqual(after);
    const rest = { orderId: order.id, code: "refund.by_staff", reason: "the rest", by } as const;
    expect(await requestRefund(shop, rest)).toMatchObject({ refunds: [{ amountFen: 600 }], endsOrder: true });
    await sendRefunds();
    expect(await standing(order.id)).toMatchObject({ order: "refunded" });
    const { trades } = await sandbox.books();
    const trade = trades.find(({ outTradeNo }) => outTradeNo === order.payment.id.replaceAll("-", ""));
    expect(trade?.refunds.map(({ amountFen }) => amountFen)).toEqual([400, 600]);
    shop.clock.advance(hourMs);
    expect(await differencesOf(order.id)).toEqual([]);
  });

  it("ends an order whose money it was all of", async () => {
    const order = await givenBackThere(1_000);
    await record((await found(order.id)).id);
    expect(await standing(order.id)).toEqual({
      ...{ order: "refunded", refunds: [[1_000, "done"]], difference: settled },
    });
  });

  it("takes the place of one of ours that the company refuses for want of that money, and knows nothing of", async () => {
    const { shop, sandbox } = bills;
    const order = await givenBackThere(400);
    await requestRefund(shop, { orderId: order.id, code: "refund.by_staff", reason: "all", by });
    await sendRefunds(6);
    expect(await standing(order.id)).toMatchObject({ order: "refunding", refunds: [[1_000, "abnormal"]] });
    const difference = await found(order.id);
    await sandbox.behave({ provider: "wechat", errorRate: 1 });
    await record(difference.id);
    expect(await standing(order.id)).toMatchObject({ difference: ["open", "provider.unreachable"] });
    await sandbox.recover();
    await record(difference.id);
    expect(await standing(order.id)).toMatchObject({ order: "refunding", difference: settled });
    await requestRefund(shop, { orderId: order.id, code: "refund.by_staff", reason: "the rest", by });
    await sendRefunds();
    expect(await standing(order.id)).toMatchObject({ order: "refunded" });
  });
});
