import { sql } from "drizzle-orm";
import { index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";

/** What processes logged about orders, payments and requests that went wrong; two weeks of it. */
export const keptLogs = pgTable(
  "kept_logs",
  {
    id: uuid().primaryKey(),
    at: time("at").notNull(),
    node: text().notNull(),
    level: text().$type<"warn" | "error" | "fatal">().notNull(),
    requestId: text("request_id"),
    orderId: uuid("order_id"),
    paymentId: uuid("payment_id"),
    message: text().notNull(),
  },
  (table) => [
    index("kept_logs_at").on(table.at),
    index("kept_logs_order").on(table.orderId).where(sql`${table.orderId} is not null`),
    index("kept_logs_payment").on(table.paymentId).where(sql`${table.paymentId} is not null`),
    index("kept_logs_request").on(table.requestId).where(sql`${table.requestId} is not null`),
  ],
);
