import type { Runbook, StepState } from "@orderwatch/shared/ops/runbooks.ts";
import { and, asc, eq, inArray, isNull, lte, or, sql as raw } from "drizzle-orm";
import type { Database } from "../../platform/db.ts";
import { runbookRuns, runbookSteps } from "./table.ts";

export type StepRow = typeof runbookSteps.$inferSelect;
export type NewStep = typeof runbookSteps.$inferInsert;

export async function findRun(db: Database, incidentId: string, slug: string) {
  const [row] = await db.orm
    .select()
    .from(runbookRuns)
    .where(and(eq(runbookRuns.incidentId, incidentId), eq(runbookRuns.slug, slug)));
  return row ?? null;
}

/** What was begun for an incident, oldest first. */
export async function listRuns(db: Database, incidentId: string): Promise<Runbook[]> {
  const rows = await db.orm
    .select({ snapshot: runbookRuns.snapshot })
    .from(runbookRuns)
    .where(eq(runbookRuns.incidentId, incidentId))
    .orderBy(asc(runbookRuns.startedAt), asc(runbookRuns.slug));
  return rows.map(({ snapshot }) => snapshot);
}

/** The run's snapshot; whoever comes first makes it. */
export async function openRun(
  db: Database,
  run: { incidentId: string; runbook: Runbook; at: Date },
): Promise<void> {
  const { incidentId, runbook, at } = run;
  await db.orm
    .insert(runbookRuns)
    .values({ incidentId, slug: runbook.slug, snapshot: runbook, startedAt: at })
    .onConflictDoNothing();
}

/** Oldest first; of a step that was tried again the newest stands. */
export async function listSteps(db: Database, incidentId: string, slug: string): Promise<StepRow[]> {
  return await db.orm
    .select()
    .from(runbookSteps)
    .where(and(eq(runbookSteps.incidentId, incidentId), eq(runbookSteps.slug, slug)))
    .orderBy(asc(runbookSteps.id));
}

/** False when the step has been executed already. */
export async function addStep(db: Database, step: NewStep): Promise<boolean> {
  const rows = await db.orm
    .insert(runbookSteps)
    .values(step)
    .onConflictDoNothing()
    .returning({ id: runbookSteps.id });
  return rows.length === 1;
}

/** Moves a step on if it still is where the caller saw it; null when somebody else moved it. */
export async function moveStep(
  db: Database,
  id: string,
  from: StepState,
  change: Partial<NewStep> & { state: StepState },
): Promise<StepRow | null> {
  const [row] = await db.orm
    .update(runbookSteps)
    .set({ claimedUntil: null, ...change })
    .where(and(eq(runbookSteps.id, id), eq(runbookSteps.state, from)))
    .returning();
  return row ?? null;
}

/** Later, for lack of figures. */
export async function postpone(db: Database, id: string, verifyAt: Date): Promise<void> {
  await db.orm
    .update(runbookSteps)
    .set({ verifyAt })
    .where(and(eq(runbookSteps.id, id), eq(runbookSteps.state, "watching")));
}

/** Takes what nobody is at: deeds that were cut short, and reverts. Each is given to one caller. */
export async function claimDue(db: Database, now: Date, until: Date): Promise<StepRow[]> {
  const due = db.orm
    .select({ id: runbookSteps.id })
    .from(runbookSteps)
    .where(
      and(
        inArray(runbookSteps.state, ["acting", "reverting"]),
        or(isNull(runbookSteps.claimedUntil), lte(runbookSteps.claimedUntil, now)),
      ),
    )
    .limit(20)
    .for("update", { skipLocked: true });
  return await db.orm
    .update(runbookSteps)
    .set({ claimedUntil: until })
    .where(raw`${runbookSteps.id} in ${due}`)
    .returning();
}

/** Deeds whose figures are due. */
export async function listToJudge(db: Database, now: Date): Promise<StepRow[]> {
  return await db.orm
    .select()
    .from(runbookSteps)
    .where(and(eq(runbookSteps.state, "watching"), lte(runbookSteps.verifyAt, now)))
    .limit(20);
}

export async function findStep(db: Database, id: string): Promise<StepRow | null> {
  const [row] = await db.orm.select().from(runbookSteps).where(eq(runbookSteps.id, id));
  return row ?? null;
}
