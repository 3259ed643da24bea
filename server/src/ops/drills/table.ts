import type { Facts } from "@orderwatch/shared/ops/detection.ts";
import type { DrillFault, LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import type {
  Drill,
  DrillEnding,
  DrillMode,
  DrillRunState,
  FigureReading,
  Scorecard,
} from "@orderwatch/shared/ops/drills.ts";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";

/** What staff decided about a drill; those of files have a row once somebody opted in to their schedule. */
export const drills = pgTable("drills", {
  slug: text().primaryKey(),
  scheduled: boolean().notNull().default(false),
  /** Of a replay; null for one that has a file. */
  document: jsonb().$type<Drill>(),
  /** Its schedule is followed from here on. */
  followedTo: time("followed_to").notNull(),
});

const isUnderWay = sql`state in ('checking', 'injecting', 'running', 'reverting', 'verifying', 'settling')`;

export const drillRuns = pgTable(
  "drill_runs",
  {
    id: uuid().primaryKey(),
    number: bigint({ mode: "number" }).generatedAlwaysAsIdentity().notNull().unique(),
    slug: text().notNull(),
    /** As it was when the run was asked for. */
    document: jsonb().$type<Drill>().notNull(),
    mode: text().$type<DrillMode>().notNull(),
    state: text().$type<DrillRunState>().notNull(),
    ending: text().$type<DrillEnding>(),
    endingDetail: text("ending_detail"),
    /** Null when the schedule asked for it. */
    requestedById: text("requested_by_id"),
    requestedBy: text("requested_by"),
    approvalsNeeded: integer("approvals_needed").notNull(),
    plannedFor: time("planned_for").notNull(),
    startedAt: time("started_at"),
    injectedAt: time("injected_at"),
    revertedAt: time("reverted_at"),
    endedAt: time("ended_at"),
    faultUntil: time("fault_until"),
    verifyUntil: time("verify_until"),
    settleUntil: time("settle_until"),
    before: jsonb().$type<FigureReading[]>().notNull().default([]),
    now: jsonb().$type<FigureReading[]>().notNull().default([]),
    after: jsonb().$type<FigureReading[]>().notNull().default([]),
    /** Since when each stop condition holds, by its place in the document. */
    breaches: jsonb().$type<Record<string, string>>().notNull().default({}),
    scorecard: jsonb().$type<Scorecard>(),
    revision: integer().notNull().default(1),
    changedAt: time("changed_at").notNull(),
  },
  (table) => [
    // One at a time: two would be taken for each other's.
    uniqueIndex("drill_runs_one_under_way").on(sql`(true)`).where(isUnderWay),
    // However often a schedule fires, and on however many consoles.
    uniqueIndex("drill_runs_once_planned")
      .on(table.slug, table.plannedFor)
      .where(sql`${table.requestedById} is null`),
    index("drill_runs_planned").on(table.plannedFor).where(sql`state in ('awaiting_approval', 'planned')`),
    index("drill_runs_of").on(table.slug, table.id),
    index("drill_runs_changed").on(table.changedAt),
    check(
      "drill_runs_state",
      sql`${table.state} in ('awaiting_approval', 'planned', 'checking', 'injecting', 'running', 'reverting', 'verifying', 'settling', 'scored', 'aborted', 'skipped')`,
    ),
  ],
);

const runId = () =>
  uuid("run_id")
    .notNull()
    .references(() => drillRuns.id);

export const drillApprovals = pgTable(
  "drill_approvals",
  {
    runId: runId(),
    staffId: text("staff_id").notNull(),
    staffName: text("staff_name").notNull(),
    at: time("at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.staffId] })],
);

/** A lease, written down before it is granted: whoever finds the row knows what is to be taken back, and where. */
export const drillFaults = pgTable(
  "drill_faults",
  {
    lease: uuid().primaryKey(),
    runId: runId(),
    target: text().notNull(),
    fault: jsonb().$type<DrillFault>().notNull(),
    state: text().$type<"recorded" | "injected" | "reverting" | "reverted" | "failed">().notNull(),
    injectedAt: time("injected_at"),
    revertedAt: time("reverted_at"),
    verifiedAt: time("verified_at"),
    /** At the latest it ends by itself then. */
    expiresAt: time("expires_at").notNull(),
    report: jsonb().$type<LeaseReport>(),
  },
  (table) => [
    index("drill_faults_of").on(table.runId),
    index("drill_faults_out").on(table.lease).where(sql`state in ('recorded', 'injected', 'reverting')`),
    check(
      "drill_faults_state",
      sql`${table.state} in ('recorded', 'injected', 'reverting', 'reverted', 'failed')`,
    ),
  ],
);

/** Append only, as a trigger sees to. */
export const drillJournal = pgTable(
  "drill_journal",
  {
    runId: runId(),
    seq: integer().notNull(),
    at: time("at").notNull(),
    type: text().notNull(),
    facts: jsonb().$type<Facts>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.seq] })],
);

export const drillIncidents = pgTable(
  "drill_incidents",
  {
    incidentId: uuid("incident_id").primaryKey(),
    runId: runId(),
  },
  (table) => [index("drill_incidents_of").on(table.runId)],
);

export const drillActions = pgTable(
  "drill_actions",
  {
    id: uuid().primaryKey(),
    runId: runId(),
    text: text().notNull(),
    ownerId: text("owner_id"),
    ownerName: text("owner_name"),
    dueOn: date("due_on", { mode: "string" }),
    doneAt: time("done_at"),
    createdAt: time("created_at").notNull(),
  },
  (table) => [index("drill_actions_of").on(table.runId)],
);

/** One row: the stop for all drills. */
export const drillStop = pgTable(
  "drill_stop",
  {
    id: integer().primaryKey().default(1),
    engaged: boolean().notNull(),
    by: text(),
    at: time("at"),
    reason: text(),
  },
  (table) => [check("drill_stop_one", sql`${table.id} = 1`)],
);
