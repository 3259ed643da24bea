import type { PolicySnapshot } from "@orderwatch/shared/ops/ticket-team.ts";
import type { callOutcomes, handoffStates, TicketCause, TicketTeam } from "@orderwatch/shared/ops/tickets.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea, time } from "../../platform/columns.ts";
import { tickets } from "./table.ts";

const ticketId = () =>
  uuid("ticket_id")
    .notNull()
    .references(() => tickets.id);

/** Offers of a ticket to the other team. At most one waits for an answer, and it has a deadline. */
export const ticketHandoffs = pgTable(
  "ticket_handoffs",
  {
    id: uuid().primaryKey(),
    ticketId: ticketId(),
    fromTeam: text("from_team").$type<TicketTeam>().notNull(),
    toTeam: text("to_team").$type<TicketTeam>().notNull(),
    state: text().$type<(typeof handoffStates)[number]>().notNull(),
    /** Internal, sealed. */
    note: bytea().notNull(),
    offeredById: text("offered_by_id").notNull(),
    offeredBy: text("offered_by").notNull(),
    offeredAt: time("offered_at").notNull(),
    dueAt: time("due_at").notNull(),
    answeredById: text("answered_by_id"),
    answeredBy: text("answered_by"),
    answeredAt: time("answered_at"),
    /** Internal, sealed. */
    reason: bytea(),
  },
  (table) => [
    index("ticket_handoffs_ticket").on(table.ticketId, table.id),
    uniqueIndex("ticket_handoffs_one").on(table.ticketId).where(sql`${table.state} = 'offered'`),
    index("ticket_handoffs_due").on(table.dueAt).where(sql`${table.state} = 'offered'`),
    check(
      "ticket_handoffs_state",
      sql`${table.state} in ('offered', 'accepted', 'declined', 'timed_out', 'withdrawn')`,
    ),
    check("ticket_handoffs_teams", sql`${table.fromTeam} <> ${table.toTeam}`),
  ],
);

/** Somebody is to be called. */
export const ticketCalls = pgTable(
  "ticket_calls",
  {
    id: uuid().primaryKey(),
    ticketId: ticketId(),
    /** The conversation in which the buyer wished for it; null when staff made it. */
    wishId: uuid("wish_id"),
    state: text().$type<"open" | "done" | "cancelled">().notNull(),
    phone: bytea(),
    bestFrom: time("best_from"),
    bestTo: time("best_to"),
    nextAt: time("next_at"),
    /** What the buyer wants to be known before; sealed. */
    note: bytea(),
    createdAt: time("created_at").notNull(),
    endedAt: time("ended_at"),
  },
  (table) => [
    index("ticket_calls_ticket").on(table.ticketId),
    uniqueIndex("ticket_calls_wish").on(table.wishId).where(sql`${table.state} = 'open'`),
    index("ticket_calls_open").on(table.nextAt).where(sql`${table.state} = 'open'`),
    check("ticket_calls_state", sql`${table.state} in ('open', 'done', 'cancelled')`),
  ],
);

export const ticketCallAttempts = pgTable(
  "ticket_call_attempts",
  {
    id: uuid().primaryKey(),
    callId: uuid("call_id")
      .notNull()
      .references(() => ticketCalls.id),
    at: time("at").notNull(),
    byId: text("by_id").notNull(),
    byName: text("by_name").notNull(),
    outcome: text().$type<(typeof callOutcomes)[number]>().notNull(),
    /** Internal, sealed. */
    note: bytea(),
  },
  (table) => [index("ticket_call_attempts_call").on(table.callId, table.id)],
);

/** What tickets promise, and when support works. */
export const supportPolicies = pgTable("support_policies", {
  id: uuid().primaryKey(),
  name: text().notNull(),
  causes: text().array().$type<TicketCause[]>(),
  targets: jsonb().$type<PolicySnapshot["targets"]>().notNull(),
  calendar: jsonb().$type<PolicySnapshot["calendar"]>().notNull(),
  handoffTimeoutMin: integer("handoff_timeout_min").notNull(),
  closeAfterDays: smallint("close_after_days").notNull(),
  revision: integer().notNull().default(1),
  changedAt: time("changed_at").notNull(),
});

/** How somebody works on tickets; whoever has no row has the defaults, and gets nothing without asking. */
export const ticketAgents = pgTable(
  "ticket_agents",
  {
    userId: text("user_id").primaryKey(),
    capacity: integer().notNull(),
    skills: text().array().notNull().default([]),
    autoAssign: boolean("auto_assign").notNull().default(false),
    outFrom: time("out_from"),
    outUntil: time("out_until"),
    changedAt: time("changed_at").notNull(),
  },
  (table) => [check("ticket_agents_capacity", sql`${table.capacity} >= 0`)],
);

/** Each time that a ready answer was sent; what its success is counted from. */
export const answerUses = pgTable(
  "answer_uses",
  {
    id: uuid().primaryKey(),
    answer: text().notNull(),
    ticketId: ticketId(),
    language: text().$type<Language>().notNull(),
    byId: text("by_id").notNull(),
    byName: text("by_name").notNull(),
    at: time("at").notNull(),
  },
  (table) => [
    index("answer_uses_answer").on(table.answer, table.at),
    index("answer_uses_ticket").on(table.ticketId),
  ],
);
