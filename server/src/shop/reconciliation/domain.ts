/** A bill and our rows differ in a finite list of ways; each has its own key, so that looking again finds it again. */

import type {
  DifferenceAction,
  DifferenceKind,
  DifferenceState,
} from "@orderwatch/shared/ops/reconciliation.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";

/** A row of a provider's bill. `paymentId` and `refundId` are what its numbers stand for, if they could be ours. */
export interface BillRow {
  kind: "payment" | "refund";
  outTradeNo: string;
  tradeNo: string;
  outRefundNo: string | null;
  paymentId: string | null;
  refundId: string | null;
  amountFen: number;
  at: Date;
  /** False for a refund that the provider has taken on and not done yet. */
  isFinal: boolean;
}

export interface OurPayment {
  id: string;
  orderId: string;
  method: PaymentMethod;
  isPaid: boolean;
  amountFen: number;
  tradeNo: string | null;
  /** Paid here on this day, and in no bill of any other day. */
  isExpected: boolean;
  orderAmountFen: number;
  /** What other payments of the order brought, and what of all of them went back or is about to. */
  othersPaidFen: number;
  refundedFen: number;
  /** Whether another payment of the order was paid before this one. */
  hasEarlier: boolean;
}

export interface OurRefund {
  id: string;
  paymentId: string;
  orderId: string;
  method: PaymentMethod;
  isDone: boolean;
  amountFen: number;
  /** Given back here on this day, and in no bill of any other day. */
  isExpected: boolean;
}

export interface Difference {
  /** Tells this difference from all others of the provider's day. */
  key: string;
  kind: DifferenceKind;
  orderId: string | null;
  paymentId: string | null;
  refundId: string | null;
  outTradeNo: string;
  tradeNo: string | null;
  outRefundNo: string | null;
  billFen: number | null;
  ourFen: number | null;
}

export interface Comparison {
  provider: PaymentMethod;
  /** What the bill holds from here on may still be on its way to us, so its absence here means nothing. */
  judgedUntil: Date;
  bill: readonly BillRow[];
  payments: readonly OurPayment[];
  refunds: readonly OurRefund[];
}

/**
 * All differences between a provider's bill and our rows. Both sides may be cut into parts, as long as everything about
 * one payment (by our id; else by the bill's number) is in the same part: the parts' differences are those of the whole.
 * Takes time in proportion to the rows.
 */
export function compare(comparison: Comparison): Difference[] {
  const { bill, provider } = comparison;
  const payments = new Map(ofProvider(comparison.payments, provider).map((each) => [each.id, each]));
  const refunds = new Map(ofProvider(comparison.refunds, provider).map((each) => [each.id, each]));
  const judged = bill.filter((row) => row.at < comparison.judgedUntil);
  const billed = new Set(bill.map(subjectOf));
  const found: Difference[] = [];
  const seen = new Map<string, BillRow>();
  for (const row of judged) {
    const subject = subjectOf(row);
    const first = seen.get(subject);
    seen.set(subject, first ?? row);
    // The same row twice says nothing new; another trade under the same number is more money.
    if (first && (row.kind === "refund" || first.tradeNo === row.tradeNo)) continue;
    const payment = row.paymentId === null ? undefined : payments.get(row.paymentId);
    const difference =
      row.kind === "payment"
        ? judgePayment(row, payment, first !== undefined)
        : judgeRefund(row, row.refundId === null ? undefined : refunds.get(row.refundId), payment);
    if (difference) found.push(difference);
  }
  for (const payment of payments.values())
    if (payment.isExpected && !billed.has(`payment ${payment.id}`)) found.push(absentPayment(payment));
  for (const refund of refunds.values())
    if (refund.isExpected && !billed.has(`refund ${refund.paymentId} ${refund.id}`))
      found.push(absentRefund(refund));
  return [...new Map(found.map((each) => [each.key, each])).values()];
}

const ofProvider = <T extends { method: PaymentMethod }>(rows: readonly T[], provider: PaymentMethod): T[] =>
  rows.filter(({ method }) => method === provider);

function subjectOf(row: BillRow): string {
  const trade = row.paymentId ?? row.outTradeNo;
  return row.kind === "payment" ? `payment ${trade}` : `refund ${trade} ${row.refundId ?? row.outRefundNo}`;
}

function judgePayment(row: BillRow, ours: OurPayment | undefined, isSecond: boolean): Difference | undefined {
  const differs = (kind: DifferenceKind, ourFen: number | null): Difference => ({
    // A second trade under one number is a difference of its own beside whatever the first one is.
    key: `${kind} ${row.outTradeNo}${isSecond ? ` ${row.tradeNo}` : ""}`,
    kind,
    orderId: ours?.orderId ?? null,
    paymentId: ours?.id ?? null,
    refundId: null,
    outTradeNo: row.outTradeNo,
    tradeNo: row.tradeNo,
    outRefundNo: null,
    billFen: row.amountFen,
    ourFen,
  });
  if (!ours || isSecond) return differs("unknown_trade", null);
  if (row.amountFen !== ours.amountFen) return differs("amount_differs", ours.amountFen);
  const isCovered = ours.othersPaidFen >= ours.orderAmountFen;
  if (!ours.isPaid) return differs(isCovered ? "paid_twice" : "paid_unheard", 0);
  const surplusFen = ours.amountFen + ours.othersPaidFen - ours.refundedFen - ours.orderAmountFen;
  return ours.hasEarlier && surplusFen > 0 ? differs("paid_twice", ours.amountFen) : undefined;
}

function judgeRefund(
  row: BillRow,
  ours: OurRefund | undefined,
  payment: OurPayment | undefined,
): Difference | undefined {
  const differs = (kind: DifferenceKind, ourFen: number | null): Difference => ({
    key: `${kind} ${row.outTradeNo} ${row.outRefundNo}`,
    kind,
    orderId: ours?.orderId ?? payment?.orderId ?? null,
    paymentId: ours?.paymentId ?? payment?.id ?? null,
    refundId: ours?.id ?? null,
    outTradeNo: row.outTradeNo,
    tradeNo: row.tradeNo,
    outRefundNo: row.outRefundNo,
    billFen: row.amountFen,
    ourFen,
  });
  if (!ours || ours.paymentId !== row.paymentId) return differs("refund_unknown", null);
  if (row.amountFen !== ours.amountFen) return differs("refund_amount_differs", ours.amountFen);
  return ours.isDone || !row.isFinal ? undefined : differs("refund_unfinished", 0);
}

const numberOf = (id: string): string => id.replaceAll("-", "");

function absentPayment(payment: OurPayment): Difference {
  const outTradeNo = numberOf(payment.id);
  return {
    ...{ key: `not_in_bill ${outTradeNo}`, kind: "not_in_bill", orderId: payment.orderId },
    ...{ paymentId: payment.id, refundId: null, outTradeNo, tradeNo: payment.tradeNo, outRefundNo: null },
    ...{ billFen: null, ourFen: payment.amountFen },
  };
}

function absentRefund(refund: OurRefund): Difference {
  const [outTradeNo, outRefundNo] = [numberOf(refund.paymentId), numberOf(refund.id)];
  return {
    ...{ key: `refund_not_in_bill ${outTradeNo} ${outRefundNo}`, kind: "refund_not_in_bill" },
    ...{ orderId: refund.orderId, paymentId: refund.paymentId, refundId: refund.id },
    ...{ outTradeNo, tradeNo: null, outRefundNo, billFen: null, ourFen: refund.amountFen },
  };
}

const actionsOf: Record<DifferenceKind, readonly DifferenceAction[]> = {
  paid_unheard: ["ask_payment", "confirm_payment", "accept"],
  paid_twice: ["ask_payment", "refund_surplus", "accept"],
  amount_differs: ["confirm_payment", "accept"],
  not_in_bill: ["ask_payment", "accept"],
  unknown_trade: ["accept"],
  refund_unknown: ["record_refund", "accept"],
  refund_unfinished: ["ask_refund", "accept"],
  refund_amount_differs: ["accept"],
  refund_not_in_bill: ["ask_refund", "accept"],
};

/** What may be done about a difference as it stands. */
export function actionsFor(difference: {
  kind: DifferenceKind;
  state: DifferenceState;
  ourFen: number | null;
  paymentId: string | null;
}): readonly DifferenceAction[] {
  const { kind, state, ourFen, paymentId } = difference;
  if (state !== "open") return [];
  return actionsOf[kind].filter((action) => {
    if (action === "record_refund") return paymentId !== null;
    // Money that is on record here goes back; money that is not is asked about, and goes back by itself then.
    return kind !== "paid_twice" || action !== (ourFen === 0 ? "refund_surplus" : "ask_payment");
  });
}

/** `acting` is left by what came of the action; `accepted` and `resolved` stay, whatever the next look finds. */
export const transitions = {
  open: ["acting", "accepted", "vanished"],
  acting: ["resolved", "open"],
  resolved: [],
  accepted: [],
  vanished: ["open"],
} as const satisfies Record<DifferenceState, readonly DifferenceState[]>;
