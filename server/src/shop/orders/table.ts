import type { OrderStatus, Origin, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea, time, xid8 } from "../../platform/columns.ts";

const lookupKey = (name: string) => bigint(name, { mode: "bigint" });

/** Range-partitioned by id, month by month (the migration says so; drizzle has no words for it). */
export const orders = pgTable(
  "orders",
  {
    id: uuid().primaryKey(),
    /** The one truth about where an order stands; every change of it goes through the transition table. */
    status: text().$type<OrderStatus>().notNull(),
    origin: text().$type<Origin>().notNull(),
    amountFen: integer("amount_fen").notNull(),
    paymentMethod: text("payment_method").$type<Tender>().notNull(),
    contact: bytea(),
    phoneKey: lookupKey("phone_key"),
    phoneTailKey: lookupKey("phone_tail_key"),
    emailKey: lookupKey("email_key"),
    rechargeAccount: bytea("recharge_account"),
    addressKey: lookupKey("address_key").notNull(),
    /** The device that we signed; null when the buyer sent none, or one that we did not sign. */
    deviceKey: lookupKey("device_key"),
    /** Whom the buyer says to be: the account to which it recharges something, else phone, else e-mail. */
    accountKey: lookupKey("account_key"),
    /** Units of stock that it keeps from others until it is paid or expires. */
    heldUnits: integer("held_units").notNull().default(0),
    session: text(),
    /** In which its buyer is written to. */
    language: text().$type<Language>().notNull().default("zh-CN"),
    createdAt: time("created_at").notNull(),
    expiresAt: time("expires_at").notNull(),
    prolonged: boolean().notNull().default(false),
    paidAt: time("paid_at"),
    deliveredAt: time("delivered_at"),
    failureCode: text("failure_code"),
    failureDetail: text("failure_detail"),
    attempts: smallint().notNull().default(0),
    /** When delivery is to be tried next; null: not now. These rows are the durable queue. */
    nextAttemptAt: time("next_attempt_at"),
    leaseToken: uuid("lease_token"),
    /** Its buyer had their data deleted while it was under way: whose it was goes when it is over. */
    forget: boolean().notNull().default(false),
  },
  (table) => [
    index("orders_address").on(table.addressKey, table.createdAt),
    index("orders_due").on(table.nextAttemptAt).where(sql`${table.nextAttemptAt} is not null`),
    // What was paid for and is not delivered yet, whatever the queue knows of it.
    index("orders_undelivered").on(table.paidAt).where(sql`${table.status} in ('paid', 'delivering')`),
    // What waits for a person; few, whatever happened before.
    index("orders_stuck").on(table.id).where(sql`${table.status} in ('delivery_failed', 'under_review')`),
    // What took its time, waits for a person or is on its way back; hardly any on an ordinary day.
    index("orders_late")
      .on(table.paidAt)
      .where(
        sql`${table.deliveredAt} - ${table.paidAt} > interval '10 seconds' or ${table.status} in ('delivery_failed', 'under_review', 'refunding')`,
      ),
    index("orders_expiring").on(table.expiresAt).where(sql`${table.status} = 'awaiting_payment'`),
    index("orders_forget").on(table.id).where(sql`${table.forget}`),
    // The status in the middle: unpaid orders are counted without passing by all the paid ones.
    index("orders_device")
      .on(table.deviceKey, table.status, table.createdAt)
      .where(sql`${table.deviceKey} is not null`),
    index("orders_account")
      .on(table.accountKey, table.status, table.createdAt)
      .where(sql`${table.accountKey} is not null`),
    // One index for both ways of asking for a phone: ten thousand endings leave few to look at.
    index("orders_phone_tail")
      .on(table.phoneTailKey, table.phoneKey)
      .where(sql`${table.phoneTailKey} is not null`),
    index("orders_email").on(table.emailKey).where(sql`${table.emailKey} is not null`),
    index("orders_failure").on(table.failureCode, table.id).where(sql`${table.failureCode} is not null`),
    // What is forgotten after some days; a buyer's order costs nothing here.
    index("orders_synthetic").on(table.id).where(sql`${table.origin} <> 'buyer'`),
    check(
      "orders_status",
      sql`${table.status} in ('awaiting_payment', 'paid', 'expired', 'cancelled', 'under_review', 'delivering', 'delivered', 'delivery_failed', 'refunding', 'refunded')`,
    ),
    check("orders_amount", sql`${table.amountFen} > 0`),
  ],
);

/** Partitioned like orders. `id` is what a supplier knows a line by. */
export const orderLines = pgTable(
  "order_lines",
  {
    orderId: uuid("order_id").notNull(),
    lineNo: smallint("line_no").notNull(),
    id: uuid().notNull(),
    productId: uuid("product_id").notNull(),
    quantity: integer().notNull(),
    priceFen: integer("price_fen").notNull(),
    /** The supplier's confirmation of a recharge. */
    supplierReference: text("supplier_reference"),
  },
  (table) => [
    primaryKey({ columns: [table.orderId, table.lineNo] }),
    check("order_lines_quantity", sql`${table.quantity} > 0`),
  ],
);

/**
 * What happened, append only; written in the statement that made it happen. Partitioned like orders.
 * `xid` is the writing transaction: readers that stay behind the oldest running one miss nothing and see nothing twice.
 */
export const orderEvents = pgTable(
  "order_events",
  {
    id: uuid().primaryKey(),
    orderId: uuid("order_id").notNull(),
    type: text().notNull(),
    status: text().$type<OrderStatus>().notNull(),
    code: text(),
    method: text().$type<Tender>().notNull(),
    origin: text().$type<Origin>().notNull(),
    at: time("at").notNull(),
    xid: xid8("xid").notNull().default(sql`pg_current_xact_id()`),
    facts: jsonb().$type<Record<string, string | number | boolean | null>>(),
  },
  (table) => [
    index("order_events_order").on(table.orderId),
    index("order_events_xid").on(table.xid),
    // Few of many: whoever looks for trouble does not pass by all that went well.
    index("order_events_trouble").on(table.at).where(sql`${table.type} in ('failed', 'delivery_retry')`),
  ],
);

/** Apart from orders, since a unique key over partitions would have to contain the id. Kept 72 hours. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    key: bytea().primaryKey(),
    body: bytea().notNull(),
    orderId: uuid("order_id").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [index("idempotency_keys_age").using("brin", table.createdAt)],
);
