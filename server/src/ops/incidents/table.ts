import type { AlertLevel, Facts, Labels } from "@orderwatch/shared/ops/detection.ts";
import type {
  DeadlineKind,
  IncidentRole,
  IncidentState,
  TimelineLink,
} from "@orderwatch/shared/ops/incidents.ts";
import type { Words } from "@orderwatch/shared/words.ts";
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
import { time } from "../../platform/columns.ts";
import type { Scope } from "./domain.ts";

const isOpen = sql`state in ('detected', 'acknowledged', 'mitigating', 'monitoring')`;

/** The partial unique index is what makes a condition one open incident, whoever sees it. */
export const incidents = pgTable(
  "incidents",
  {
    id: uuid().primaryKey(),
    number: bigint({ mode: "number" }).generatedAlwaysAsIdentity().notNull().unique(),
    level: smallint().$type<AlertLevel>().notNull(),
    state: text().$type<IncidentState>().notNull(),
    title: jsonb().$type<Words>().notNull(),
    rule: text(),
    labels: jsonb().$type<Labels>().notNull(),
    /** Rule and the labels that keep incidents apart; null for those that people declared. */
    groupKey: text("group_key"),
    runbook: text(),
    drill: boolean().notNull().default(false),
    /** Which orders count as affected. */
    scope: jsonb().$type<Scope>().notNull(),
    startedAt: time("started_at").notNull(),
    openedAt: time("opened_at").notNull(),
    acknowledgedAt: time("acknowledged_at"),
    acknowledgedById: text("acknowledged_by_id"),
    acknowledgedBy: text("acknowledged_by"),
    planStartedAt: time("plan_started_at"),
    thirdPartyEngagedAt: time("third_party_engaged_at"),
    mitigatedAt: time("mitigated_at"),
    healedAt: time("healed_at"),
    resolvedAt: time("resolved_at"),
    reviewedAt: time("reviewed_at"),
    /** What people wrote when they ended it. */
    endedBy: text("ended_by"),
    mergedInto: uuid("merged_into"),
    /** Order events before this moment have been looked through. */
    scannedTo: time("scanned_to").notNull(),
    frozenAt: time("frozen_at"),
    revision: integer().notNull().default(1),
    changedAt: time("changed_at").notNull(),
  },
  (table) => [
    uniqueIndex("incidents_one_open").on(table.groupKey).where(isOpen),
    index("incidents_open").on(table.id).where(isOpen),
    index("incidents_changed").on(table.changedAt),
    index("incidents_rule").on(table.rule, table.id),
    check("incidents_level", sql`${table.level} between 1 and 3`),
    check(
      "incidents_state",
      sql`${table.state} in ('detected', 'acknowledged', 'mitigating', 'monitoring', 'resolved', 'reviewed', 'merged', 'false_alarm')`,
    ),
    check("incidents_merged", sql`(${table.state} = 'merged') = (${table.mergedInto} is not null)`),
  ],
);

const incidentId = () =>
  uuid("incident_id")
    .notNull()
    .references(() => incidents.id);

/** The timeline, append only: triggers of the migrations refuse to change or remove an entry. */
export const incidentEvents = pgTable(
  "incident_events",
  {
    id: uuid().primaryKey(),
    incidentId: incidentId(),
    at: time("at").notNull(),
    type: text().notNull(),
    byId: text("by_id"),
    byName: text("by_name"),
    text: jsonb().$type<Words | string>(),
    facts: jsonb().$type<Facts>().notNull(),
    links: jsonb().$type<TimelineLink[]>().notNull(),
    corrects: uuid(),
  },
  (table) => [index("incident_events_incident").on(table.incidentId, table.id)],
);

export const incidentAlerts = pgTable(
  "incident_alerts",
  {
    alertId: uuid("alert_id").primaryKey(),
    incidentId: incidentId(),
    joinedAt: time("joined_at").notNull(),
    endedAt: time("ended_at"),
  },
  (table) => [index("incident_alerts_incident").on(table.incidentId)],
);

/** When an incident had which level; what deadlines follow from. */
export const incidentLevels = pgTable(
  "incident_levels",
  {
    incidentId: incidentId(),
    at: time("at").notNull(),
    level: smallint().$type<AlertLevel>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.incidentId, table.at] })],
);

/** Deadlines are rows, so that none is missed because a process was down. */
export const incidentDeadlines = pgTable(
  "incident_deadlines",
  {
    incidentId: incidentId(),
    kind: text().$type<DeadlineKind>().notNull(),
    level: smallint().$type<AlertLevel>().notNull(),
    dueAt: time("due_at").notNull(),
    metAt: time("met_at"),
    missedAt: time("missed_at"),
    /** False while the incident has another level. */
    active: boolean().notNull().default(true),
  },
  (table) => [
    primaryKey({ columns: [table.incidentId, table.kind] }),
    index("incident_deadlines_due")
      .on(table.dueAt)
      .where(sql`${table.active} and ${table.metAt} is null and ${table.missedAt} is null`),
  ],
);

export const incidentRoleTerms = pgTable(
  "incident_roles",
  {
    id: uuid().primaryKey(),
    incidentId: incidentId(),
    role: text().$type<IncidentRole>().notNull(),
    staffId: text("staff_id").notNull(),
    name: text().notNull(),
    since: time("since").notNull(),
    until: time("until"),
  },
  (table) => [
    index("incident_roles_incident").on(table.incidentId),
    uniqueIndex("incident_roles_one").on(table.incidentId, table.role).where(sql`${table.until} is null`),
  ],
);

/** Orders that an incident affected. What became of them is read from the orders; a waiver is a person's word. */
export const incidentOrders = pgTable(
  "incident_orders",
  {
    incidentId: incidentId(),
    orderId: uuid("order_id").notNull(),
    addedAt: time("added_at").notNull(),
    waivedAt: time("waived_at"),
    waivedById: text("waived_by_id"),
    waivedBy: text("waived_by"),
    waivedReason: text("waived_reason"),
  },
  (table) => [
    primaryKey({ columns: [table.incidentId, table.orderId] }),
    index("incident_orders_order").on(table.orderId),
  ],
);
