import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { openTestBills, type TestBills } from "../../../test/bills.ts";
import {
  armFaults,
  type FaultPoint,
  InjectedFault,
  reconciliationFaultPoints,
} from "../../platform/faultpoint.ts";
import { refundDue } from "../payments/actions.ts";
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
    const by = { id: "staff-1", name: "Han Meimei" };
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
