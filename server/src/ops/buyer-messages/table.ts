import type { Words } from "@orderwatch/shared/words.ts";
import { sql } from "drizzle-orm";
import { boolean, check, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";

/** What buyers of affected orders are told; their messages are the outbox's, a broadcast by this row's id. */
export const buyerMessages = pgTable(
  "buyer_messages",
  {
    id: uuid().primaryKey(),
    incidentId: uuid("incident_id").notNull(),
    kind: text().$type<"trouble" | "all_clear">().notNull(),
    state: text().$type<"proposed" | "sent" | "withdrawn">().notNull(),
    title: jsonb().$type<Words>().notNull(),
    text: jsonb().$type<Words>().notNull(),
    /** Only somebody else than its author may approve it, unless nobody else can. */
    needsApproval: boolean("needs_approval").notNull(),
    /** Null for the all-clear. */
    authorId: text("author_id"),
    author: text(),
    deciderId: text("decider_id"),
    decider: text(),
    /** Why its author approved it alone. */
    reason: text(),
    proposedAt: time("proposed_at").notNull(),
    sentAt: time("sent_at"),
    /** The buyers of so many affected orders have been told; an incident's list of orders only grows. */
    toldOrders: integer("told_orders").notNull().default(0),
    settledAt: time("settled_at"),
  },
  (table) => [
    index("buyer_messages_incident").on(table.incidentId),
    index("buyer_messages_moving").on(table.id).where(sql`${table.settledAt} is null`),
    // One of each for an incident, whoever was faster.
    uniqueIndex("buyer_messages_one")
      .on(table.incidentId, table.kind)
      .where(sql`${table.state} <> 'withdrawn'`),
    check(
      "buyer_messages_approved",
      sql`${table.state} <> 'sent' or not ${table.needsApproval} or ${table.reason} is not null
        or (${table.deciderId} is not null and ${table.deciderId} is distinct from ${table.authorId})`,
    ),
  ],
);
