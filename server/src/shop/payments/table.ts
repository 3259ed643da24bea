import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";

/** One try to pay an order. Its id without hyphens is the provider's out_trade_no. */
export const payments = pgTable(
  "payments",
  {
    id: uuid().primaryKey(),
    orderId: uuid("order_id").notNull(),
    method: text().$type<PaymentMethod>().notNull(),
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
  },
  (table) => [
    index("payments_order").on(table.orderId),
    // Those whose provider is to be asked, the one that has waited longest first.
    index("payments_open")
      .on(sql`(coalesce(${table.askedAt}, ${table.openedAt}))`)
      .where(sql`${table.status} = 'opened'`),
    index("payments_trade").on(table.tradeNo).where(sql`${table.tradeNo} is not null`),
    check("payments_status", sql`${table.status} in ('created', 'opened', 'paid', 'closed')`),
  ],
);

/** Every callback that was verified or refused. A verified one waits here until it is settled. */
export const paymentNotices = pgTable(
  "payment_notices",
  {
    id: uuid().primaryKey(),
    provider: text().$type<PaymentMethod>().notNull(),
    /** The provider's own id of the notice; null when nothing could be believed. */
    noticeId: text("notice_id"),
    paymentId: uuid("payment_id"),
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
    reason: text().notNull(),
    status: text().$type<"requested" | "done">().notNull(),
    createdAt: time("created_at").notNull(),
    nextAttemptAt: time("next_attempt_at"),
    attempts: integer().notNull().default(0),
    doneAt: time("done_at"),
  },
  (table) => [
    index("refunds_order").on(table.orderId),
    index("refunds_payment").on(table.paymentId),
    index("refunds_due").on(table.nextAttemptAt).where(sql`${table.status} = 'requested'`),
    check("refunds_amount", sql`${table.amountFen} > 0`),
  ],
);
