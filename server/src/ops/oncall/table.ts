import type { Escalation, Layer, NewPolicy, NewRota } from "@orderwatch/shared/ops/oncall.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import { sql } from "drizzle-orm";
import { boolean, check, index, integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";
import type { PolicySnapshot } from "./escalation-domain.ts";

export const rotas = pgTable("rotas", {
  id: uuid().primaryKey(),
  name: text().notNull(),
  timeZone: text("time_zone").notNull(),
  layers: jsonb().$type<Layer[]>().notNull(),
  holidays: jsonb().$type<NewRota["holidays"]>().notNull(),
  handoffNotices: boolean("handoff_notices").notNull(),
  version: integer().notNull().default(1),
  /** Who was told last to be on duty; changed together with the notices. */
  handedTo: text("handed_to"),
  updatedAt: time("updated_at").notNull(),
});

/** Who is on duty whatever the layers say; the one made last decides, and ids are in the order of making. */
export const rotaOverrides = pgTable(
  "rota_overrides",
  {
    id: uuid().primaryKey(),
    rotaId: uuid("rota_id")
      .notNull()
      .references(() => rotas.id, { onDelete: "cascade" }),
    userId: text("user_id").notNull(),
    fromAt: time("from_at").notNull(),
    untilAt: time("until_at").notNull(),
    /** The same on both halves of a swap. */
    swapId: uuid("swap_id"),
    reason: text(),
    createdBy: text("created_by").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    index("rota_overrides_rota").on(table.rotaId, table.untilAt),
    index("rota_overrides_swap").on(table.swapId).where(sql`${table.swapId} is not null`),
    check("rota_overrides_forward", sql`${table.fromAt} < ${table.untilAt}`),
  ],
);

export const escalationPolicies = pgTable("escalation_policies", {
  id: uuid().primaryKey(),
  name: text().notNull(),
  steps: jsonb().$type<NewPolicy["steps"]>().notNull(),
  repeats: integer().notNull(),
  autoUnackSeconds: integer("auto_unack_seconds"),
  version: integer().notNull().default(1),
  updatedAt: time("updated_at").notNull(),
});

/** Which policy an incident of a level begins with. */
export const levelPolicies = pgTable(
  "level_policies",
  {
    level: integer().primaryKey(),
    policyId: uuid("policy_id")
      .notNull()
      .references(() => escalationPolicies.id),
  },
  (table) => [check("level_policies_level", sql`${table.level} between 1 and 3`)],
);

/** One incident's paging. These rows are the queue: whatever is to happen is due at `next_at`. */
export const escalations = pgTable(
  "escalations",
  {
    id: uuid().primaryKey(),
    incidentId: uuid("incident_id").notNull().unique(),
    level: integer().notNull(),
    title: jsonb().$type<Words>().notNull(),
    /** As it was when the incident began, or changed its level. */
    policy: jsonb().$type<PolicySnapshot>().notNull(),
    state: text().$type<Escalation["state"]>().notNull(),
    /** Counts the pagings; whoever acts on another count than it read is too late. */
    turn: integer().notNull(),
    step: integer().notNull(),
    round: integer().notNull(),
    nextAt: time("next_at"),
    startedAt: time("started_at").notNull(),
    acknowledgedBy: text("acknowledged_by"),
  },
  (table) => [
    index("escalations_due").on(table.nextAt).where(sql`${table.nextAt} is not null`),
    check("escalations_state", sql`${table.state} in ('paging', 'acknowledged', 'stopped', 'exhausted')`),
  ],
);

/** Who was paged in which turn, and what became of it. */
export const escalationPages = pgTable(
  "escalation_pages",
  {
    notificationId: uuid("notification_id").primaryKey(),
    escalationId: uuid("escalation_id")
      .notNull()
      .references(() => escalations.id),
    turn: integer().notNull(),
    step: integer().notNull(),
    round: integer().notNull(),
    userId: text("user_id").notNull(),
    at: time("at").notNull(),
    state: text().$type<Escalation["pages"][number]["state"]>().notNull(),
    reason: text(),
  },
  (table) => [
    index("escalation_pages_turn").on(table.escalationId, table.turn),
    index("escalation_pages_open").on(table.notificationId).where(sql`${table.state} = 'pending'`),
    check("escalation_pages_state", sql`${table.state} in ('pending', 'reached', 'exhausted')`),
  ],
);
