import type { Facts } from "@orderwatch/shared/ops/detection.ts";
import type { PolicySnapshot } from "@orderwatch/shared/ops/ticket-team.ts";
import type {
  TicketCause,
  TicketClockKind,
  TicketPriority,
  TicketState,
  TicketTeam,
} from "@orderwatch/shared/ops/tickets.ts";
import type { Origin, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { Language, Words } from "@orderwatch/shared/words.ts";
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
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea, time } from "../../platform/columns.ts";

const lookupKey = (name: string) => bigint(name, { mode: "bigint" });

/** The queue's own part of the indexes: what nobody has finished. */
const isActive = sql`state in ('new', 'open', 'waiting_buyer', 'waiting_engineering')`;

/** The unique cause is what makes a failure one ticket, whoever sees it and however often. */
export const tickets = pgTable(
  "tickets",
  {
    id: uuid().primaryKey(),
    number: bigint({ mode: "number" }).generatedAlwaysAsIdentity().notNull().unique(),
    /** The buyer's half, which the shop keeps; null where no buyer is known. */
    conversationId: uuid("conversation_id"),
    cause: text().$type<TicketCause>().notNull(),
    /** What it is about, such as `delivery_failed:<order>`. */
    causeKey: text("cause_key").notNull().unique(),
    /** The id of the newest event or difference of its cause that it knows of; a newer one is news. */
    occurrence: uuid(),
    subject: jsonb().$type<Words>().notNull(),
    orderId: uuid("order_id"),
    sku: text(),
    channel: text().$type<Tender>(),
    code: text(),
    origin: text().$type<Origin>().notNull(),
    language: text().$type<Language>().notNull(),
    /** Keyed hashes of the buyer's contact, as the order has them. */
    phoneKey: lookupKey("phone_key"),
    phoneTailKey: lookupKey("phone_tail_key"),
    emailKey: lookupKey("email_key"),
    state: text().$type<TicketState>().notNull(),
    priority: smallint().$type<TicketPriority>().notNull(),
    team: text().$type<TicketTeam>().notNull(),
    skills: text().array().notNull().default([]),
    assigneeId: text("assignee_id"),
    assigneeName: text("assignee_name"),
    assignedAt: time("assigned_at"),
    incidentId: uuid("incident_id"),
    mergedInto: uuid("merged_into"),
    splitFrom: uuid("split_from"),
    /** Whether the buyer waits for an answer. */
    unanswered: boolean().notNull(),
    /** What was promised when it was opened. */
    policy: jsonb().$type<PolicySnapshot>().notNull(),
    /** The next deadline that runs; null while all pause. */
    nextDueAt: time("next_due_at"),
    /** When the duty was paged because nobody had it. */
    unownedPagedAt: time("unowned_paged_at"),
    openedAt: time("opened_at").notNull(),
    changedAt: time("changed_at").notNull(),
    resolvedAt: time("resolved_at"),
    closedAt: time("closed_at"),
    reopened: smallint().notNull().default(0),
    rating: smallint(),
    revision: integer().notNull().default(1),
  },
  (table) => [
    // Each way of looking at the queue has the queue's own order behind it, so a page costs a page, whatever the length.
    index("tickets_queue").on(table.priority, table.id).where(isActive),
    index("tickets_state").on(table.state, table.priority, table.id),
    index("tickets_team").on(table.team, table.priority, table.id).where(isActive),
    index("tickets_assignee").on(table.assigneeId, table.priority, table.id),
    index("tickets_unowned")
      .on(table.priority, table.id)
      .where(sql`state in ('new', 'open') and assignee_id is null`),
    index("tickets_due").on(table.nextDueAt, table.id).where(sql`${table.nextDueAt} is not null`),
    index("tickets_cause").on(table.cause, table.priority, table.id),
    index("tickets_sku").on(table.sku, table.priority, table.id),
    index("tickets_code").on(table.code, table.priority, table.id),
    index("tickets_priority").on(table.priority, table.id),
    index("tickets_incident").on(table.incidentId).where(sql`${table.incidentId} is not null`),
    index("tickets_order").on(table.orderId).where(sql`${table.orderId} is not null`),
    index("tickets_conversation").on(table.conversationId).where(sql`${table.conversationId} is not null`),
    index("tickets_phone_tail")
      .on(table.phoneTailKey, table.phoneKey)
      .where(sql`${table.phoneTailKey} is not null`),
    index("tickets_email").on(table.emailKey).where(sql`${table.emailKey} is not null`),
    index("tickets_changed").on(table.changedAt, table.id),
    index("tickets_to_close").on(table.resolvedAt).where(sql`state = 'resolved'`),
    check(
      "tickets_state",
      sql`${table.state} in ('new', 'open', 'waiting_buyer', 'waiting_engineering', 'resolved', 'closed')`,
    ),
    check("tickets_priority", sql`${table.priority} between 1 and 4`),
    check("tickets_team", sql`${table.team} in ('support', 'engineering')`),
    check("tickets_merged", sql`${table.mergedInto} is null or ${table.state} = 'closed'`),
    check(
      "tickets_owner",
      sql`(${table.assigneeId} is null) = (${table.assigneeName} is null) and (${table.assigneeId} is null) = (${table.assignedAt} is null)`,
    ),
  ],
);

const ticketId = () =>
  uuid("ticket_id")
    .notNull()
    .references(() => tickets.id);

/** The timeline, append only: triggers of the migrations refuse to change or remove an entry. Nothing personal in it. */
export const ticketEvents = pgTable(
  "ticket_events",
  {
    id: uuid().primaryKey(),
    ticketId: ticketId(),
    at: time("at").notNull(),
    type: text().notNull(),
    byId: text("by_id"),
    byName: text("by_name"),
    facts: jsonb().$type<Facts>().notNull(),
  },
  (table) => [index("ticket_events_ticket").on(table.ticketId, table.id)],
);

/** What staff tell each other. In a table of its own, so that no query for buyers can pick one up. */
export const ticketNotes = pgTable(
  "ticket_notes",
  {
    id: uuid().primaryKey(),
    ticketId: ticketId(),
    at: time("at").notNull(),
    byId: text("by_id").notNull(),
    byName: text("by_name").notNull(),
    text: bytea().notNull(),
  },
  (table) => [index("ticket_notes_ticket").on(table.ticketId, table.id)],
);

/** In which state it was from when to when, and whether the buyer waited: what deadlines are computed from. */
export const ticketIntervals = pgTable(
  "ticket_intervals",
  {
    ticketId: ticketId(),
    seq: integer().notNull(),
    since: time("since").notNull(),
    until: time("until"),
    state: text().$type<TicketState>().notNull(),
    unanswered: boolean().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.ticketId, table.seq] }),
    uniqueIndex("ticket_intervals_current").on(table.ticketId).where(sql`${table.until} is null`),
  ],
);

/** Deadlines are rows, so that none is missed because a process was down. */
export const ticketClocks = pgTable(
  "ticket_clocks",
  {
    ticketId: ticketId(),
    kind: text().$type<TicketClockKind>().notNull(),
    dueAt: time("due_at"),
    /** Working time that is left while it pauses. */
    leftMs: bigint("left_ms", { mode: "number" }),
    metAt: time("met_at"),
    missedAt: time("missed_at"),
  },
  (table) => [
    primaryKey({ columns: [table.ticketId, table.kind] }),
    index("ticket_clocks_due")
      .on(table.dueAt)
      .where(sql`${table.dueAt} is not null and ${table.metAt} is null and ${table.missedAt} is null`),
  ],
);
