import type { PaymentMethod, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { RefundCode, RefundStatus } from "@orderwatch/shared/shop/refunds.ts";
import { sql } from "drizzle-orm";
import {
  check,
  doublePrecision,
  index,
  integer,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";

/** One try to pay an order. Its id without hyphens is the provider's out_trade_no. */
export const payments = pgTable(
  "payments",
  {
    id: uuid().primaryKey(),
    orderId: uuid("order_id").notNull(),
    method: text().$type<Tender>().notNull(),
    /** created: not opened yet; opened: a prepayment exists; closed: replaced or expired; paid: money arrived. */
    status: text().$type<"created" | "opened" | "paid" | "closed">().notNull(),
    amountFen: integer("amount_fen").notNull(),
    tradeNo: text("trade_no"),
    /** Where the provider wants the buyer to go. */
    url: text(),
    /** Why the payer was refused, as far as the provider says. */
    failureCode: text("failure_code"),
    createdAt: time("created_at").notNull(),
    openedAt: time("opened_at"),
    paidAt: time("paid_at"),
    askedAt: time("asked_at"),
    /** When the provider is to be asked next; null when its answer can change nothing any more. */
    askAt: time("ask_at"),
    /** When the buyer last looked at the order: whoever looks is asked about first. */
    readAt: time("read_at"),
  },
  (table) => [
    index("payments_order").on(table.orderId),
    index("payments_ask").on(table.method, table.askAt).where(sql`${table.askAt} is not null`),
    // Whose buyers did something lately comes first.
    index("payments_active")
      .on(table.method, sql`greatest(${table.readAt}, ${table.openedAt})`)
      .where(sql`${table.askAt} is not null`),
    index("payments_trade").on(table.tradeNo).where(sql`${table.tradeNo} is not null`),
    // What was paid on a day. Rows lie in about that order, so a block range each is enough and costs writers nothing.
    index("payments_paid").using("brin", table.paidAt).with({ autosummarize: true }),
    check("payments_status", sql`${table.status} in ('created', 'opened', 'paid', 'closed')`),
  ],
);

/** Every callback that was verified or refused. A verified one waits here until it is settled. */
export const paymentNotices = pgTable(
  "payment_notices",
  {
    id: uuid().primaryKey(),
    provider: text().$type<Tender>().notNull(),
    /** The provider's own id of the notice; null when nothing could be believed. */
    noticeId: text("notice_id"),
    paymentId: uuid("payment_id"),
    /** Set when it tells of a refund. */
    refundId: uuid("refund_id"),
    /** Who saw the money arrive, and how they say so, when a person confirmed the payment. */
    confirmedBy: text("confirmed_by"),
    note: text(),
    tradeNo: text("trade_no"),
    amountFen: integer("amount_fen"),
    paidAt: time("paid_at"),
    /** pending: to be settled; settled: it moved its payment; surplus: money came a second time; refused: forged or wrong. */
    verdict: text().$type<"pending" | "settled" | "surplus" | "refused">().notNull(),
    reason: text(),
    receivedAt: time("received_at").notNull(),
    settledAt: time("settled_at"),
  },
  (table) => [
    uniqueIndex("payment_notices_once")
      .on(table.provider, table.noticeId)
      .where(sql`${table.verdict} <> 'refused'`),
    index("payment_notices_pending").on(table.receivedAt).where(sql`${table.verdict} = 'pending'`),
    index("payment_notices_payment").on(table.paymentId).where(sql`${table.paymentId} is not null`),
    check("payment_notices_verdict", sql`${table.verdict} in ('pending', 'settled', 'surplus', 'refused')`),
  ],
);

/** Money to be given back. Never more than was paid: a trigger of the migrations refuses that, whoever asks for it. */
export const refunds = pgTable(
  "refunds",
  {
    id: uuid().primaryKey(),
    paymentId: uuid("payment_id").notNull(),
    orderId: uuid("order_id").notNull(),
    amountFen: integer("amount_fen").notNull(),
    /** Why money goes back, for everyone to see; `reason` says it in somebody's words, for staff alone. */
    code: text().$type<RefundCode>().notNull().default("payment.surplus"),
    reason: text().notNull(),
    /** The person who asked for it; null when the rules did. */
    askedBy: text("asked_by"),
    /**
     * requested: to be sent; processing: the provider has it; done: the money is back; abnormal: stuck at the provider,
     * where a person has to look; failed: the provider will not, and the money is still ours to return.
     */
    status: text().$type<RefundStatus>().notNull(),
    createdAt: time("created_at").notNull(),
    nextAttemptAt: time("next_attempt_at"),
    attempts: integer().notNull().default(0),
    /** When it was first sent: from then on it is asked about before it may be sent again. */
    sentAt: time("sent_at"),
    doneAt: time("done_at"),
    /** What the provider said when it last went wrong. */
    detail: text(),
  },
  (table) => [
    index("refunds_order").on(table.orderId),
    index("refunds_payment").on(table.paymentId),
    index("refunds_due").on(table.nextAttemptAt).where(sql`${table.nextAttemptAt} is not null`),
    index("refunds_stuck").on(table.orderId).where(sql`${table.status} in ('abnormal', 'failed')`),
    index("refunds_done").using("brin", table.doneAt).with({ autosummarize: true }),
    check("refunds_amount", sql`${table.amountFen} > 0`),
    check(
      "refunds_status",
      sql`${table.status} in ('requested', 'processing', 'done', 'abnormal', 'failed')`,
    ),
  ],
);

/** What all nodes together may still ask a payment company now: a bucket that fills with time. */
export const enquiryBudgets = pgTable("enquiry_budgets", {
  method: text().$type<PaymentMethod>().primaryKey(),
  tokens: doublePrecision().notNull(),
  at: time("at").notNull(),
});
