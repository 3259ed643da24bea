import type { Language } from "@orderwatch/shared/words.ts";
import { sql } from "drizzle-orm";
import { bigint, boolean, index, pgTable, smallint, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { bytea, time } from "../../platform/columns.ts";
import { products } from "../catalog/table.ts";

/** Who wants to know when a product is back; a row goes when its notice is sent. */
export const restockNotices = pgTable(
  "restock_notices",
  {
    id: uuid().primaryKey(),
    productId: uuid("product_id")
      .notNull()
      .references(() => products.id),
    /** Phone or e-mail, or a browser's push subscription, and the language. */
    contact: bytea().notNull(),
    contactKey: bigint("contact_key", { mode: "bigint" }).notNull(),
    /** By which a buyer's own notices are found; a browser alone is known by its device. */
    phoneKey: bigint("phone_key", { mode: "bigint" }),
    emailKey: bigint("email_key", { mode: "bigint" }),
    deviceKey: bigint("device_key", { mode: "bigint" }),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("restock_notices_once").on(table.productId, table.contactKey),
    index("restock_notices_phone").on(table.phoneKey).where(sql`${table.phoneKey} is not null`),
    index("restock_notices_email").on(table.emailKey).where(sql`${table.emailKey} is not null`),
    index("restock_notices_device").on(table.deviceKey).where(sql`${table.deviceKey} is not null`),
  ],
);

/** Browsers that hear how an order ends; a row goes when they were told. */
export const orderWatchers = pgTable(
  "order_watchers",
  {
    id: uuid().primaryKey(),
    orderId: uuid("order_id").notNull(),
    subscription: bytea().notNull(),
    subscriptionKey: bytea("subscription_key").notNull(),
    language: text().$type<Language>().notNull(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [uniqueIndex("order_watchers_once").on(table.orderId, table.subscriptionKey)],
);

/** People who proved a phone number; found by its keyed hash alone. */
export const buyers = pgTable(
  "buyers",
  {
    id: uuid().primaryKey(),
    phone: bytea().notNull(),
    phoneKey: bigint("phone_key", { mode: "bigint" }).notNull(),
    /** What was filled in last. */
    details: bytea(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [uniqueIndex("buyers_phone").on(table.phoneKey)],
);

/** One code a phone number at a time. The code is derived from the id and stands nowhere. */
export const buyerCodes = pgTable(
  "buyer_codes",
  {
    phoneKey: bigint("phone_key", { mode: "bigint" }).primaryKey(),
    id: uuid().notNull(),
    phone: bytea().notNull(),
    language: text().$type<Language>().notNull(),
    askedAt: time("asked_at").notNull(),
    due: boolean().notNull(),
    /** Wrong and right entries alike. */
    tries: smallint().notNull().default(0),
    /** Codes since `hourFrom`. */
    asked: smallint().notNull().default(1),
    hourFrom: time("hour_from").notNull(),
  },
  (table) => [index("buyer_codes_due").on(table.askedAt).where(sql`${table.due}`)],
);

/**
 * Who lost sight of their orders and asked for the way to them, one at a time for each contact. It goes there, if that
 * contact has orders; a row says nothing of whether it has.
 */
export const orderLookups = pgTable(
  "order_lookups",
  {
    contactKey: bigint("contact_key", { mode: "bigint" }).primaryKey(),
    id: uuid().notNull(),
    /** A phone number or an e-mail address, sealed. */
    contact: bytea().notNull(),
    orderId: uuid("order_id"),
    language: text().$type<Language>().notNull(),
    askedAt: time("asked_at").notNull(),
    due: boolean().notNull(),
    /** Since `hourFrom`. */
    asked: smallint().notNull().default(1),
    hourFrom: time("hour_from").notNull(),
  },
  (table) => [index("order_lookups_due").on(table.askedAt).where(sql`${table.due}`)],
);

/** Which devices' orders are whose, and between when: a shared device never shows one person's orders to the next. */
export const buyerDevices = pgTable(
  "buyer_devices",
  {
    id: uuid().primaryKey(),
    buyerId: uuid("buyer_id")
      .notNull()
      .references(() => buyers.id, { onDelete: "cascade" }),
    deviceKey: bigint("device_key", { mode: "bigint" }).notNull(),
    /** Null: since the device has its identity. */
    ordersFrom: time("orders_from"),
    joinedAt: time("joined_at").notNull(),
    leftAt: time("left_at"),
  },
  (table) => [
    uniqueIndex("buyer_devices_one").on(table.deviceKey).where(sql`${table.leftAt} is null`),
    index("buyer_devices_buyer").on(table.buyerId),
    index("buyer_devices_left").on(table.deviceKey, table.leftAt),
  ],
);

/** Signed-in devices, by a keyed hash of what they carry. */
export const buyerSessions = pgTable(
  "buyer_sessions",
  {
    key: bytea().primaryKey(),
    buyerId: uuid("buyer_id")
      .notNull()
      .references(() => buyers.id, { onDelete: "cascade" }),
    deviceKey: bigint("device_key", { mode: "bigint" }),
    createdAt: time("created_at").notNull(),
    expiresAt: time("expires_at").notNull(),
  },
  (table) => [
    index("buyer_sessions_buyer").on(table.buyerId),
    index("buyer_sessions_end").on(table.expiresAt),
  ],
);
