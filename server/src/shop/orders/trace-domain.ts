import type { TraceEntry } from "@orderwatch/shared/ops/orders.ts";
import type { Tender } from "@orderwatch/shared/shop/orders.ts";
import type { RefundCode, RefundStatus } from "@orderwatch/shared/shop/refunds.ts";

/** A trace is every dated fact about one order, oldest first; nothing in it is secret, since its sources are in clear. */

type Facts = TraceEntry["facts"];

export interface EventRow {
  type: string;
  status: string;
  at: Date;
  code: string | null;
  facts: Facts | null;
}

export interface PaymentRow {
  id: string;
  method: Tender;
  status: string;
  amountFen: number;
  tradeNo: string | null;
  failureCode: string | null;
  createdAt: Date;
  openedAt: Date | null;
  paidAt: Date | null;
  askedAt: Date | null;
}

export interface NoticeRow {
  provider: string;
  paymentId: string | null;
  refundId: string | null;
  confirmedBy: string | null;
  verdict: "pending" | "settled" | "surplus" | "refused";
  reason: string | null;
  receivedAt: Date;
  settledAt: Date | null;
}

export interface RefundRow {
  id: string;
  paymentId: string;
  amountFen: number;
  code: RefundCode;
  reason: string;
  status: RefundStatus;
  by: string | null;
  detail: string | null;
  createdAt: Date;
  doneAt: Date | null;
}

interface Step {
  at: Date;
  /** Of what happened in the same millisecond, causes come first. */
  rank: number;
  kind: TraceEntry["kind"];
  type: string;
  status?: string;
  code?: string | null;
  facts: Facts;
}

const noticeTypes = {
  pending: "received",
  settled: "accepted",
  surplus: "accepted",
  refused: "rejected",
} as const;

/** The refunds' own rows tell these with all that belongs to them. */
const toldByRefunds = new Set(["refund_requested", "refund_done"]);

export function buildTrace(sources: {
  events: readonly EventRow[];
  payments: readonly PaymentRow[];
  notices: readonly NoticeRow[];
  refunds: readonly RefundRow[];
}): TraceEntry[] {
  const steps = [
    ...sources.events.filter(({ type }) => !toldByRefunds.has(type)).map(eventStep),
    ...sources.payments.flatMap(paymentSteps),
    ...sources.notices.map(noticeStep),
    ...sources.refunds.flatMap(refundSteps),
  ];
  steps.sort((a, b) => a.at.getTime() - b.at.getTime() || a.rank - b.rank);
  return steps.map(({ at, kind, type, status, code, facts }, index) => {
    const previous = steps[index - 1];
    return {
      at: at.toISOString(),
      sincePreviousMs: previous ? at.getTime() - previous.at.getTime() : null,
      kind,
      type,
      status: status ?? null,
      code: code ?? null,
      facts,
    };
  });
}

function eventStep({ type, status, at, code, facts }: EventRow): Step {
  const step = { at, status, code, facts: facts ?? {} };
  if (type === "placed") return { ...step, rank: 0, kind: "order", type };
  if (type === "delivery_retry") return { ...step, rank: 4, kind: "attempt", type: "failed" };
  if (type !== "failed") return { ...step, rank: 4, kind: "order", type };
  // Before there was money it was the payment that failed, after it the delivery.
  return status === "awaiting_payment"
    ? { ...step, rank: 4, kind: "payment", type }
    : { ...step, rank: 4, kind: "order", type: "delivery_failed" };
}

function paymentSteps(payment: PaymentRow): Step[] {
  const facts: Facts = { payment: payment.id, method: payment.method, amountFen: payment.amountFen };
  const step = (at: Date | null, rank: number, type: string, more: Facts = {}): Step[] =>
    at ? [{ at, rank, kind: "payment", type, facts: { ...facts, ...more } }] : [];
  return [
    ...step(payment.createdAt, 1, "created"),
    ...step(payment.openedAt, 1, "opened"),
    ...step(payment.askedAt, 2, "queried"),
    ...step(notBefore(payment.paidAt, payment.openedAt ?? payment.createdAt), 2, "paid", {
      tradeNo: payment.tradeNo,
      providerPaidAt: payment.paidAt?.toISOString() ?? null,
    }),
  ];
}

/** Payment companies tell whole seconds by their own clock; an effect still stands after its cause. */
function notBefore(at: Date | null, cause: Date): Date | null {
  return at && new Date(Math.max(at.getTime(), cause.getTime()));
}

function noticeStep(notice: NoticeRow): Step {
  return {
    at: notice.receivedAt,
    rank: 3,
    kind: "notice",
    type: noticeTypes[notice.verdict],
    status: notice.verdict,
    facts: {
      provider: notice.provider,
      ...(notice.paymentId ? { payment: notice.paymentId } : {}),
      ...(notice.refundId ? { refund: notice.refundId } : {}),
      ...(notice.confirmedBy ? { by: notice.confirmedBy } : {}),
      ...(notice.reason ? { reason: notice.reason } : {}),
      ...(notice.settledAt
        ? { settledAfterMs: notice.settledAt.getTime() - notice.receivedAt.getTime() }
        : {}),
    },
  };
}

function refundSteps(refund: RefundRow): Step[] {
  const facts: Facts = {
    payment: refund.paymentId,
    refund: refund.id,
    amountFen: refund.amountFen,
    reason: refund.reason,
    ...(refund.by ? { by: refund.by } : {}),
  };
  const begun: Step = { at: refund.createdAt, rank: 5, kind: "payment", type: "refunding", facts };
  return refund.doneAt ? [begun, { ...begun, at: refund.doneAt, type: "refunded" }] : [begun];
}
