import type {
  DifferenceAction,
  DifferenceKind,
  DifferenceState,
  ReconciliationRun,
  RunFailure,
} from "@orderwatch/shared/ops/reconciliation.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  date,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";

/** Sums of a day pass the four bytes that one order's money fits in. */
const sumFen = (name: string) => bigint(name, { mode: "number" });

/** The comparison of one provider's day. These rows are the durable queue of what is to be compared. */
export const reconciliationRuns = pgTable(
  "reconciliation_runs",
  {
    id: uuid().primaryKey(),
    provider: text().$type<PaymentMethod>().notNull(),
    day: date({ mode: "string" }).notNull(),
    state: text().$type<ReconciliationRun["state"]>().notNull(),
    stage: text().$type<NonNullable<ReconciliationRun["stage"]>>(),
    /** Counts the passes; a difference that the last one did not see has vanished. */
    pass: integer().notNull().default(0),
    rowsRead: integer("rows_read").notNull().default(0),
    rowsCompared: integer("rows_compared").notNull().default(0),
    failure: text().$type<RunFailure>(),
    nextAttemptAt: time("next_attempt_at"),
    leaseToken: uuid("lease_token"),
    leaseUntil: time("lease_until"),
    /** The member of staff who asked for it; null when it was due. */
    requestedBy: text("requested_by"),
    createdAt: time("created_at").notNull(),
    startedAt: time("started_at"),
    finishedAt: time("finished_at"),
    billPayments: integer("bill_payments"),
    billPaidFen: sumFen("bill_paid_fen"),
    billRefunds: integer("bill_refunds"),
    billRefundedFen: sumFen("bill_refunded_fen"),
    ourPayments: integer("our_payments"),
    ourPaidFen: sumFen("our_paid_fen"),
    ourRefunds: integer("our_refunds"),
    ourRefundedFen: sumFen("our_refunded_fen"),
  },
  (table) => [
    uniqueIndex("reconciliation_runs_day").on(table.provider, table.day),
    index("reconciliation_runs_newest").on(table.day.desc(), table.provider),
    // One at a time per provider: a day's neighbours are looked up while it is compared.
    uniqueIndex("reconciliation_runs_running").on(table.provider).where(sql`${table.state} = 'running'`),
    check("reconciliation_runs_state", sql`${table.state} in ('waiting', 'running', 'done', 'failed')`),
  ],
);

/** Bills as they were read, row by row; kept for as long as a neighbouring day may be compared. */
export const billRows = pgTable(
  "bill_rows",
  {
    provider: text().$type<PaymentMethod>().notNull(),
    day: date({ mode: "string" }).notNull(),
    rowNo: integer("row_no").notNull(),
    kind: text().$type<"payment" | "refund">().notNull(),
    outTradeNo: text("out_trade_no").notNull(),
    tradeNo: text("trade_no").notNull(),
    outRefundNo: text("out_refund_no"),
    /** What the numbers stand for, if they have the form of ours. */
    paymentId: uuid("payment_id"),
    refundId: uuid("refund_id"),
    amountFen: integer("amount_fen").notNull(),
    at: time("at").notNull(),
    /** False for a refund that the provider had not done yet. */
    isFinal: boolean("is_final").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.provider, table.day, table.rowNo] }),
    index("bill_rows_payment")
      .on(table.paymentId, table.provider, table.day)
      .where(sql`${table.paymentId} is not null`),
    index("bill_rows_refund").on(table.refundId).where(sql`${table.refundId} is not null`),
    check("bill_rows_kind", sql`${table.kind} in ('payment', 'refund')`),
  ],
);

export const reconciliationDifferences = pgTable(
  "reconciliation_differences",
  {
    id: uuid().primaryKey(),
    runId: uuid("run_id")
      .notNull()
      .references(() => reconciliationRuns.id),
    provider: text().$type<PaymentMethod>().notNull(),
    day: date({ mode: "string" }).notNull(),
    key: text().notNull(),
    kind: text().$type<DifferenceKind>().notNull(),
    state: text().$type<DifferenceState>().notNull(),
    orderId: uuid("order_id"),
    paymentId: uuid("payment_id"),
    refundId: uuid("refund_id"),
    outTradeNo: text("out_trade_no").notNull(),
    tradeNo: text("trade_no"),
    outRefundNo: text("out_refund_no"),
    billFen: integer("bill_fen"),
    ourFen: integer("our_fen"),
    /** The pass of its run that saw it last. */
    pass: integer().notNull(),
    firstSeenAt: time("first_seen_at").notNull(),
    /** When it was found again after it had vanished, or an action about it changed nothing. */
    openAgainAt: time("open_again_at"),
    endedAt: time("ended_at"),
    action: text().$type<DifferenceAction>(),
    /** The member of staff: how they are called, and their account. */
    actedBy: text("acted_by"),
    actedById: text("acted_by_id"),
    reason: text(),
    outcome: text(),
    leaseUntil: time("lease_until"),
  },
  (table) => [
    uniqueIndex("reconciliation_differences_once").on(table.provider, table.day, table.key),
    index("reconciliation_differences_run").on(table.runId, table.id),
    index("reconciliation_differences_open").on(table.runId).where(sql`${table.state} = 'open'`),
    index("reconciliation_differences_acting").on(table.id).where(sql`${table.state} = 'acting'`),
    index("reconciliation_differences_order").on(table.orderId).where(sql`${table.orderId} is not null`),
    check(
      "reconciliation_differences_state",
      sql`${table.state} in ('open', 'acting', 'resolved', 'accepted', 'vanished')`,
    ),
  ],
);
