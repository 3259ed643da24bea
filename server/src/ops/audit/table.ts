import { sql } from "drizzle-orm";
import { bigint, boolean, check, index, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { bytea, time } from "../../platform/columns.ts";

/**
 * What people did, append only: triggers of the migrations refuse to change or remove a row. `hash` covers the row and
 * the hash before it, so that a change made behind the triggers' back breaks the chain.
 */
export const auditEntries = pgTable(
  "audit_entries",
  {
    /** 1, 2, 3 … without a gap. */
    position: bigint({ mode: "number" }).primaryKey(),
    id: uuid().notNull().unique(),
    at: time("at").notNull(),
    /** Null when nobody was signed in. */
    staffId: text("staff_id"),
    /** As they were called then. */
    actor: text().notNull(),
    /** `noun.pastTense` */
    action: text().notNull(),
    targetKind: text("target_kind").notNull(),
    targetId: text("target_id").notNull(),
    reason: text(),
    requestId: text("request_id"),
    facts: jsonb().$type<Record<string, string | number | boolean | null>>().notNull(),
    hash: bytea().notNull(),
  },
  (table) => [
    index("audit_entries_target").on(table.targetKind, table.targetId, table.position),
    index("audit_entries_staff").on(table.staffId, table.position),
  ],
);

/** The chain's last link, one row: its lock makes the writers take turns, and it tells when the last entries are gone. */
export const auditHead = pgTable(
  "audit_head",
  {
    only: boolean().primaryKey().default(true),
    position: bigint({ mode: "number" }).notNull(),
    hash: bytea().notNull(),
  },
  (table) => [check("audit_head_one", sql`${table.only}`)],
);
