import type { BalanceKind } from "@orderwatch/shared/shop/balance.ts";
import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";

/**
 * What each buyer has with the shop: the sum of their entries, and never below zero. Whoever books locks the row. It
 * outlives its buyer's account, as the books need it, and then says nothing of whose it was.
 */
export const balances = pgTable(
  "balances",
  {
    buyerId: uuid("buyer_id").primaryKey(),
    balanceFen: integer("balance_fen").notNull(),
    changedAt: time("changed_at").notNull(),
  },
  (table) => [check("balances_never_negative", sql`${table.balanceFen} >= 0`)],
);

/** Why a balance is what it is. It only grows: triggers of the migrations refuse every change. */
export const balanceEntries = pgTable(
  "balance_entries",
  {
    id: uuid().primaryKey(),
    buyerId: uuid("buyer_id")
      .notNull()
      .references(() => balances.buyerId),
    amountFen: integer("amount_fen").notNull(),
    /** What the buyer had then. */
    afterFen: integer("after_fen").notNull(),
    kind: text().$type<BalanceKind>().notNull(),
    orderId: uuid("order_id"),
    /** What it was booked for; a cause is booked once. */
    cause: text().notNull(),
    /** The member of staff who gave it, and why. */
    givenBy: text("given_by"),
    reason: text(),
    at: time("at").notNull(),
  },
  (table) => [
    uniqueIndex("balance_entries_cause").on(table.cause),
    index("balance_entries_buyer").on(table.buyerId, table.id),
    index("balance_entries_order").on(table.orderId).where(sql`${table.orderId} is not null`),
    check("balance_entries_kind", sql`${table.kind} in ('goodwill', 'spent', 'returned', 'forfeited')`),
    check(
      "balance_entries_sign",
      sql`case when ${table.kind} in ('goodwill', 'returned') then ${table.amountFen} > 0 else ${table.amountFen} < 0 end`,
    ),
    check("balance_entries_never_negative", sql`${table.afterFen} >= 0`),
  ],
);
