/** A trade is paid at most once, and never after it was closed or has expired; refunds never exceed what was paid. */

export type Gateway = "wechat" | "alipay";

export const outcomes = ["success", "limit_exceeded", "declined", "timeout"] as const;
export type Outcome = (typeof outcomes)[number];

export interface Refund {
  /** The merchant's number: repeating it repeats nothing. */
  readonly outRefundNo: string;
  /** The company's number. */
  readonly refundNo: string;
  readonly amountFen: number;
  readonly atMs: number;
  /** How it ends; the money of a closed one was never returned. Success when absent. */
  readonly fate?: "success" | "abnormal" | "closed" | undefined;
}

export interface Trade {
  readonly gateway: Gateway;
  /** The merchant's number. */
  readonly outTradeNo: string;
  /** The company's number. */
  readonly tradeNo: string;
  readonly amountFen: number;
  readonly description: string;
  readonly notifyUrl: string;
  readonly returnUrl?: string | undefined;
  readonly expiresAtMs: number;
  readonly state: "waiting" | "paid" | "closed";
  /** Why the payer's last attempt failed, until one succeeds. */
  readonly refusal?: Exclude<Outcome, "success"> | undefined;
  readonly paidAtMs?: number | undefined;
  readonly payer?: string | undefined;
  /** Whether the merchant has acknowledged the payment's callback. */
  readonly acknowledged: boolean;
  /** Its callback got lost for good: it is never sent again. */
  readonly lost?: boolean | undefined;
  readonly refunds: readonly Refund[];
}

/** A trade past its expiry counts as closed without anyone closing it. */
export function stateAt(trade: Trade, nowMs: number): Trade["state"] {
  return trade.state === "waiting" && nowMs >= trade.expiresAtMs ? "closed" : trade.state;
}

/** What the payer does on the payer's page; undefined when the trade is paid or closed. */
export function attempt(trade: Trade, payer: string, outcome: Outcome, nowMs: number): Trade | undefined {
  if (stateAt(trade, nowMs) !== "waiting") return undefined;
  if (outcome !== "success") return { ...trade, refusal: outcome, payer };
  return { ...trade, state: "paid", refusal: undefined, payer, paidAtMs: nowMs };
}

/** Undefined when the trade is paid, which cannot be undone by closing. */
export function close(trade: Trade): Trade | undefined {
  return trade.state === "paid" ? undefined : { ...trade, state: "closed" };
}

export function refundedFen(trade: Trade): number {
  return trade.refunds.reduce((sum, refund) => sum + (refund.fate === "closed" ? 0 : refund.amountFen), 0);
}

export type RefundVerdict =
  | { ok: true; trade: Trade; refund: Refund; isRepetition: boolean }
  | { ok: false; reason: "not_paid" | "too_much" | "differs" };

/** The same merchant's number with the same amount answers the same refund; with another amount it is refused. */
export function refund(trade: Trade, wanted: Refund): RefundVerdict {
  if (trade.state !== "paid") return { ok: false, reason: "not_paid" };
  const known = trade.refunds.find(({ outRefundNo }) => outRefundNo === wanted.outRefundNo);
  if (known) {
    if (known.amountFen !== wanted.amountFen) return { ok: false, reason: "differs" };
    return { ok: true, trade, refund: known, isRepetition: true };
  }
  if (wanted.amountFen <= 0 || refundedFen(trade) + wanted.amountFen > trade.amountFen) {
    return { ok: false, reason: "too_much" };
  }
  return {
    ok: true,
    trade: { ...trade, refunds: [...trade.refunds, wanted] },
    refund: wanted,
    isRepetition: false,
  };
}
