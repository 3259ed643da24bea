import type {
  AttemptState,
  ChannelName,
  NotificationKind,
  NotificationState,
} from "@orderwatch/shared/ops/notify.ts";
import type { Language, Words } from "@orderwatch/shared/words.ts";
import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea, time } from "../../platform/columns.ts";
import { staff } from "../accounts/table.ts";

/** How staff are reached, in the order in which it is tried. */
export const contactPoints = pgTable(
  "contact_points",
  {
    id: uuid().primaryKey(),
    staffId: text("staff_id")
      .notNull()
      .references(() => staff.id, { onDelete: "cascade" }),
    channel: text().$type<ChannelName>().notNull(),
    /** Sealed; bound to the row. */
    address: bytea().notNull(),
    /** A keyed hash of the address, so that nobody has one twice. */
    addressKey: bytea("address_key").notNull(),
    /** The address as staff see it. */
    target: text().notNull(),
    language: text().$type<Language>().notNull(),
    position: integer().notNull(),
    /** A keyed hash of the code that proves the address; null when it is proven. */
    codeKey: bytea("code_key"),
    codeExpiresAt: time("code_expires_at"),
    codeTries: integer("code_tries").notNull().default(0),
    verifiedAt: time("verified_at"),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    unique("contact_points_address").on(table.staffId, table.addressKey),
    index("contact_points_order").on(table.staffId, table.position),
  ],
);

/**
 * The outbox: one message to one recipient, written in the transaction of whoever sends it. `next_at` is when something is
 * to be done about it, null when it has come to its end; `claim` is a lease on doing it.
 */
export const notifications = pgTable(
  "notifications",
  {
    id: uuid().primaryKey(),
    key: text().notNull().unique(),
    kind: text().$type<NotificationKind>().notNull(),
    staffId: text("staff_id").references(() => staff.id, { onDelete: "cascade" }),
    orderId: uuid("order_id"),
    /** Sealed, for recipients who are neither staff nor an order's buyer; gone when the message has come to its end. */
    address: bytea(),
    /** A keyed hash of the buyer or address, so that one of several orders gets one message. */
    recipientKey: bytea("recipient_key"),
    /** The messages to many that it is one of; an all-clear goes to exactly these. */
    broadcast: text(),
    incidentId: uuid("incident_id"),
    urgent: boolean().notNull(),
    title: jsonb().$type<Words>().notNull(),
    body: jsonb().$type<Words>().notNull(),
    link: text(),
    state: text().$type<NotificationState>().notNull(),
    bundledInto: uuid("bundled_into").references((): AnyPgColumn => notifications.id),
    nextAt: time("next_at"),
    claim: uuid(),
    claimedUntil: time("claimed_until"),
    /** Times that all channels were gone through. */
    rounds: integer().notNull().default(0),
    /** The first call of a channel began. */
    begunAt: time("begun_at"),
    createdAt: time("created_at").notNull(),
    sentAt: time("sent_at"),
    deliveredAt: time("delivered_at"),
    readAt: time("read_at"),
    reason: text(),
  },
  (table) => [
    index("notifications_due").on(table.nextAt).where(sql`${table.nextAt} is not null`),
    index("notifications_staff").on(table.staffId, table.id),
    index("notifications_begun").on(table.staffId, table.begunAt).where(sql`${table.begunAt} is not null`),
    index("notifications_incident").on(table.incidentId, table.id),
    index("notifications_broadcast").on(table.broadcast).where(sql`${table.broadcast} is not null`),
    index("notifications_order").on(table.orderId).where(sql`${table.orderId} is not null`),
    index("notifications_addressed")
      .on(table.id)
      .where(sql`${table.address} is not null and ${table.nextAt} is null`),
    index("notifications_bundle").on(table.bundledInto).where(sql`${table.bundledInto} is not null`),
    check(
      "notifications_state",
      sql`${table.state} in ('queued', 'sending', 'sent', 'delivered', 'exhausted')`,
    ),
    check(
      "notifications_recipient",
      sql`num_nonnulls(${table.staffId}, ${table.orderId}, ${table.address}) = 1
        or (${table.kind} = 'buyer' and ${table.nextAt} is null and num_nonnulls(${table.staffId}, ${table.orderId}, ${table.address}) = 0)`,
    ),
  ],
);

/** Every attempt to bring a message somewhere; its id is the provider's idempotency key. */
export const notificationAttempts = pgTable(
  "notification_attempts",
  {
    id: uuid().primaryKey(),
    notificationId: uuid("notification_id")
      .notNull()
      .references(() => notifications.id, { onDelete: "cascade" }),
    /** 1, 2, 3 … within the message. */
    number: integer().notNull(),
    round: integer().notNull(),
    channel: text().$type<ChannelName>().notNull(),
    /** The contact point, or a name for an address that is none. */
    point: text().notNull(),
    target: text().notNull(),
    state: text().$type<AttemptState>().notNull(),
    calls: integer().notNull(),
    providerId: text("provider_id"),
    detail: text(),
    startedAt: time("started_at").notNull(),
    acceptedAt: time("accepted_at"),
    endedAt: time("ended_at"),
  },
  (table) => [unique("notification_attempts_number").on(table.notificationId, table.number)],
);
