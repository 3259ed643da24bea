import type {
  LiveFigures,
  Runbook,
  RunbookAction,
  StepInput,
  StepState,
  Verdict,
  WatchedFigure,
} from "@orderwatch/shared/ops/runbooks.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import { sql } from "drizzle-orm";
import { index, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";
import type { Deed } from "./deed.ts";

/** An incident's runbook as it was when its first step was executed. */
export const runbookRuns = pgTable(
  "runbook_runs",
  {
    incidentId: uuid("incident_id").notNull(),
    slug: text().notNull(),
    snapshot: jsonb().$type<Runbook>().notNull(),
    startedAt: time("started_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.incidentId, table.slug] })],
);

/** Each executed step: a state machine whose every change is one conditional update, so that a crash loses none. */
export const runbookSteps = pgTable(
  "runbook_steps",
  {
    id: uuid().primaryKey(),
    incidentId: uuid("incident_id").notNull(),
    slug: text().notNull(),
    stepId: text("step_id").notNull(),
    action: text().$type<RunbookAction>(),
    state: text().$type<StepState>().notNull(),
    byId: text("by_id").notNull(),
    byName: text("by_name").notNull(),
    at: time("at").notNull(),
    answer: text(),
    input: jsonb().$type<StepInput>().notNull(),
    /** What is done, and what takes it back; both are known before anything is done. */
    deed: jsonb().$type<Deed>(),
    undo: jsonb().$type<Deed>(),
    consequence: jsonb().$type<Words>(),
    figures: text().array().$type<WatchedFigure[]>(),
    before: jsonb().$type<LiveFigures>(),
    after: jsonb().$type<LiveFigures>(),
    verifyAt: time("verify_at"),
    endedAt: time("ended_at"),
    verdict: text().$type<Verdict>(),
    outcome: jsonb().$type<Words>(),
    /** Until when somebody is at it; whoever finds it past goes on in their place. */
    claimedUntil: time("claimed_until"),
  },
  (table) => [
    uniqueIndex("runbook_steps_one")
      .on(table.incidentId, table.slug, table.stepId)
      .where(sql`${table.state} not in ('failed', 'reverted')`),
    index("runbook_steps_moving")
      .on(table.state)
      .where(sql`${table.state} in ('acting', 'watching', 'reverting')`),
  ],
);
