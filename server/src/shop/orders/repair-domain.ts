import type { Repairs } from "@orderwatch/shared/ops/orders.ts";
import type { OrderStatus } from "@orderwatch/shared/shop/orders.ts";
import { canMove } from "./domain.ts";

/** What people may do to an order by hand: only what the transition table allows, and never more money than is left. */

/** Money of one payment that has come and is neither back nor on its way back. */
export interface Returnable {
  paymentId: string;
  amountFen: number;
}

export type RefundDecision =
  | { ok: true; parts: Returnable[]; endsOrder: boolean }
  | { ok: false; why: "nothing_paid" | "all_returned" | "delivering" | "exceeds"; leftFen: number };

/**
 * How an amount is given back; without one, all that is left. Giving everything back ends an order that is not over yet;
 * a part leaves it as it is. `left` has one entry for each payment that was ever paid; `keepFen` of it all is not to be
 * touched.
 */
export function decideRefund(
  status: OrderStatus,
  left: readonly Returnable[],
  wanted: { amountFen?: number | undefined; paymentId?: string | undefined; keepFen?: number },
): RefundDecision {
  const leftFen = left.reduce((sum, one) => sum + one.amountFen, 0);
  const from = left.filter((one) => wanted.paymentId === undefined || one.paymentId === wanted.paymentId);
  const ofThese = from.reduce((sum, one) => sum + one.amountFen, 0);
  const available = Math.min(ofThese, Math.max(0, leftFen - (wanted.keepFen ?? 0)));
  if (from.length === 0) return { ok: false, why: "nothing_paid", leftFen };
  if (available === 0) return { ok: false, why: "all_returned", leftFen };
  const amountFen = wanted.amountFen ?? available;
  if (amountFen > available) return { ok: false, why: "exceeds", leftFen: available };
  const isAll = amountFen === leftFen;
  if (isAll && status === "delivering") return { ok: false, why: "delivering", leftFen };
  return { ok: true, parts: split(from, amountFen), endsOrder: isAll && canMove(status, "refunding") };
}

const over: readonly OrderStatus[] = ["expired", "cancelled", "refunding", "refunded"];

/** What of an order's money its goods stand for: no part of it is surplus, whichever payment brought it. */
export const priceKept = (status: OrderStatus, amountFen: number): number =>
  over.includes(status) ? 0 : amountFen;

function split(from: readonly Returnable[], amountFen: number): Returnable[] {
  let rest = amountFen;
  return from.flatMap((one) => {
    const part = Math.min(rest, one.amountFen);
    rest -= part;
    return part > 0 ? [{ paymentId: one.paymentId, amountFen: part }] : [];
  });
}

/** Why an order cannot be delivered again; null when it can. */
export function whyNotRedeliver(status: OrderStatus): Repairs["redeliver"] {
  switch (status) {
    case "delivery_failed":
      return null;
    case "paid":
    case "delivering":
      return "under_way";
    case "delivered":
      return "delivered";
    case "under_review":
      return "under_review";
    case "refunding":
    case "refunded":
      return "refunded";
    case "awaiting_payment":
    case "expired":
    case "cancelled":
      return "not_paid";
  }
}

/** Why nobody can say that money came for an order; null when somebody can. */
export function whyNotConfirm(
  status: OrderStatus,
  payments: readonly { status: string }[],
): Repairs["confirmPayment"] {
  if (payments.every((payment) => payment.status === "paid")) return "paid";
  if (status === "awaiting_payment" || status === "expired") return null;
  return status === "cancelled" || status === "refunding" || status === "refunded" ? "over" : "paid";
}

export function repairsOf(
  status: OrderStatus,
  payments: readonly { status: string }[],
  left: readonly Returnable[],
): Repairs {
  const refund = decideRefund(status, left, {});
  return {
    refund: refund.ok || refund.why === "exceeds" ? null : refund.why,
    leftFen: left.reduce((sum, one) => sum + one.amountFen, 0),
    redeliver: whyNotRedeliver(status),
    confirmPayment: whyNotConfirm(status, payments),
  };
}
