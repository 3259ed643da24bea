import type {
  Alert,
  AlertLevel,
  Facts,
  Labels,
  Matchers,
  RuleSettings,
  Suppression,
} from "@orderwatch/shared/ops/detection.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import { sql } from "drizzle-orm";
import {
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

/** Everything that was, or is, wrong. The partial unique index is what makes a condition one alert, whoever sees it. */
export const alerts = pgTable(
  "alerts",
  {
    id: uuid().primaryKey(),
    /** The rule's slug and the sorted labels. */
    key: text().notNull(),
    rule: text().notNull(),
    ruleVersion: integer("rule_version"),
    level: smallint().$type<AlertLevel>().notNull(),
    labels: jsonb().$type<Labels>().notNull(),
    title: jsonb().$type<Words>().notNull(),
    facts: jsonb().$type<Facts>().notNull(),
    runbook: text(),
    state: text().$type<Alert["state"]>().notNull(),
    source: text().$type<Alert["source"]>().notNull(),
    conditionSince: time("condition_since").notNull(),
    firedAt: time("fired_at").notNull(),
    lastTrueAt: time("last_true_at").notNull(),
    resolvedAt: time("resolved_at"),
    incidentId: uuid("incident_id"),
    /** What holds it back. Null once incidents were told of it, which happens in the transaction that sets it so. */
    suppressedBy: jsonb("suppressed_by").$type<Suppression>(),
    /** When an alert that others sent ends unless they speak of it again. */
    endsAt: time("ends_at"),
  },
  (table) => [
    uniqueIndex("alerts_firing").on(table.key).where(sql`${table.state} = 'firing'`),
    index("alerts_sent")
      .on(table.endsAt)
      .where(sql`${table.state} = 'firing' and ${table.endsAt} is not null`),
    index("alerts_rule").on(table.rule, table.firedAt),
    index("alerts_incident").on(table.incidentId).where(sql`${table.incidentId} is not null`),
    check("alerts_state", sql`${table.state} in ('firing', 'resolved')`),
    check("alerts_resolved", sql`(${table.state} = 'resolved') = (${table.resolvedAt} is not null)`),
  ],
);

/** Edits of rules, append only. The newest is in force; a rule without one is as shipped. */
export const ruleVersions = pgTable(
  "rule_versions",
  {
    slug: text().notNull(),
    version: integer().notNull(),
    settings: jsonb().$type<RuleSettings>().notNull(),
    at: time("at").notNull(),
    /** As they were called then. */
    by: text().notNull(),
    reason: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.slug, table.version] })],
);

export const silences = pgTable(
  "silences",
  {
    id: uuid().primaryKey(),
    matchers: jsonb().$type<Matchers>().notNull(),
    startsAt: time("starts_at").notNull(),
    endsAt: time("ends_at").notNull(),
    reason: text().notNull(),
    by: text().notNull(),
  },
  (table) => [index("silences_ends").on(table.endsAt)],
);

export const maintenanceWindows = pgTable(
  "maintenance_windows",
  {
    id: uuid().primaryKey(),
    title: text().notNull(),
    matchers: jsonb().$type<Matchers>().notNull(),
    startsAt: time("starts_at").notNull(),
    endsAt: time("ends_at").notNull(),
    by: text().notNull(),
  },
  (table) => [index("maintenance_windows_ends").on(table.endsAt)],
);

/** Which console detects: whoever holds the lease. It only saves work; every change of an alert is conditional anyway. */
export const detectionLease = pgTable("detection_lease", {
  name: text().primaryKey(),
  holder: uuid().notNull(),
  until: time("until").notNull(),
});
