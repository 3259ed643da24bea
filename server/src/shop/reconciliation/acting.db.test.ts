import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { openTestBills, type TestBills } from "../../../test/bills.ts";
import {
  armFaults,
  type FaultPoint,
  InjectedFault,
  reconciliationFaultPoints,
} from "../../platform/faultpoint.ts";
import { refundDue, requestRefund } from "../payments/actions.ts";
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
