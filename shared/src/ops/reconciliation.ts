import { z } from "zod";
import { Id } from "../ids.ts";
import { page } from "../list.ts";
import { PaymentMethod } from "../shop/orders.ts";
import { text } from "../text.ts";

/** A day in Beijing, by which both companies make their bills. */
export const Day = z.iso.date();
/** Sums of a whole day pass what one order may cost. */
const SumFen = z.int().min(0);

/** How what a company's bill says of one payment or refund can differ from what this shop knows of it. */
export const differenceKinds = [
  /** The company has the money, and here the payment is not paid: its callback was lost. */
  "paid_unheard",
  /** One order was paid more than once, and the surplus has not gone back. */
  "paid_twice",
  "amount_differs",
  /** Paid here; in no bill. */
  "not_in_bill",
  /** The company names a trade that this shop never made. */
  "unknown_trade",
  /** The company gave money back that nobody here asked for. */
  "refund_unknown",
  /** The company has given it back; here it is still under way. */
  "refund_unfinished",
  "refund_amount_differs",
  /** Given back, as far as is known here; in no bill. */
  "refund_not_in_bill",
] as const;
export const DifferenceKind = z.enum(differenceKinds);
export type DifferenceKind = z.infer<typeof DifferenceKind>;

/** What staff can do about a difference. */
export const differenceActions = [
  /** Ask the company about this payment now, and settle what it answers. */
  "ask_payment",
  /** Have the company give back what was paid too much. */
  "refund_surplus",
  /** Send the refund again under its old number, which gives back nothing twice. */
  "ask_refund",
  /** Enter the refund that the company made without us, as done. */
  "record_refund",
  /** Let the order go on as paid, on a person's word. */
  "confirm_payment",
  /** It is known why, and it stays as it is. */
  "accept",
] as const;
export const DifferenceAction = z.enum(differenceActions);
export type DifferenceAction = z.infer<typeof DifferenceAction>;

/** open → acting → resolved, or open again when the action changed nothing; accepted by a person; vanished by itself. */
export const differenceStates = ["open", "acting", "resolved", "accepted", "vanished"] as const;
export const DifferenceState = z.enum(differenceStates);
export type DifferenceState = z.infer<typeof DifferenceState>;

export const ReconciliationDifference = z.object({
  id: Id,
  runId: Id,
  provider: PaymentMethod,
  day: Day,
  kind: DifferenceKind,
  state: DifferenceState,
  orderId: Id.nullable(),
  paymentId: Id.nullable(),
  refundId: Id.nullable(),
  /** The merchant's number as the bill has it, and the company's own. */
  outTradeNo: z.string(),
  tradeNo: z.string().nullable(),
  outRefundNo: z.string().nullable(),
  /** What the bill says, and what is known here; null where one side knows nothing. */
  billFen: SumFen.nullable(),
  ourFen: SumFen.nullable(),
  firstSeenAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  /** What can be done about it now; empty once it has ended. */
  actions: z.array(DifferenceAction),
  /** The last thing that was done about it, by whom and why. */
  action: DifferenceAction.nullable(),
  actedBy: z.string().nullable(),
  reason: z.string().nullable(),
  /** What came of that, as a code: `payment.settled`, `provider.unreachable`, … */
  outcome: z.string().nullable(),
});
export type ReconciliationDifference = z.infer<typeof ReconciliationDifference>;

const Side = z.object({ payments: z.int(), paidFen: SumFen, refunds: z.int(), refundedFen: SumFen });

/** waiting: to be begun at `nextAttemptAt`; failed: nothing was compared, `failure` says why. */
export const runStates = ["waiting", "running", "done", "failed"] as const;

/** Why a run has not come to its end, or not yet. */
export const runFailures = [
  "not_ready",
  "missing",
  "unreachable",
  "refused",
  "hash_mismatch",
  "unreadable",
  "too_large",
  "no_merchant",
] as const;
export type RunFailure = (typeof runFailures)[number];

export const ReconciliationRun = z.object({
  id: Id,
  provider: PaymentMethod,
  day: Day,
  state: z.enum(runStates),
  stage: z.enum(["asking", "reading", "comparing"]).nullable(),
  /** Rows of the bill that were read and compared so far. */
  rowsRead: z.int(),
  rowsCompared: z.int(),
  failure: z.enum(runFailures).nullable(),
  nextAttemptAt: z.iso.datetime().nullable(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  /** Null until a comparison has come to its end. */
  bill: Side.nullable(),
  ours: Side.nullable(),
  /** Differences by kind: all, and those that still wait for somebody. */
  differences: z.array(z.object({ kind: DifferenceKind, all: z.int(), open: z.int() })),
  requestedBy: z.string().nullable(),
});
export type ReconciliationRun = z.infer<typeof ReconciliationRun>;

export const NewRun = z.strictObject({ provider: PaymentMethod, day: Day });

export const RunsPage = z.object(page);
export const DifferencesPage = z.object({ ...page, state: z.enum(["open", "all"]).default("all") });

export const Resolve = z.strictObject({ action: DifferenceAction, reason: text(500) });
