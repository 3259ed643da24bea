import type { LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import type { FigureReading, JournalType } from "@orderwatch/shared/ops/drills.ts";
import type { DrillContext } from "./context.ts";
import type { Figures } from "./domain.ts";
import { readRows } from "./run-actions.ts";
import * as store from "./store.ts";
import { TargetUnreachable } from "./targets.ts";

/** Moves a run that is still in its state, with an entry of the journal; undefined when it has moved already. */
export async function move(
  context: DrillContext,
  run: store.RunRow,
  change: store.RunChange,
  entry: { type: JournalType; facts?: Parameters<typeof store.note>[4] },
): Promise<store.RunRow | undefined> {
  const now = context.clock.now();
  return await context.db.transaction(async (sql) => {
    const moved = await store.changeRun(sql, run, run.state, change, now);
    if (moved) await store.note(sql, run.id, now, entry.type, entry.facts ?? {});
    return moved;
  });
}

export async function figuresOf(context: DrillContext, run: store.RunRow): Promise<Figures> {
  const now = context.clock.now();
  return context.figures.read(now, await readRows(context, now, run.injectedAt ?? run.startedAt ?? now));
}

export const seen = (readings: readonly FigureReading[]) =>
  Object.fromEntries(readings.map(({ figure, value }) => [figure, value]));

/** Null when the target cannot be asked. */
export async function attempt(
  context: DrillContext,
  run: store.RunRow,
  ask: () => Promise<LeaseReport | null>,
): Promise<LeaseReport | null> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof TargetUnreachable)) throw error;
    context.log.warn({ err: error, run: run.id }, "a drill's target could not be asked");
    return null;
  }
}

export async function noteFault(
  context: DrillContext,
  run: store.RunRow,
  row: store.FaultRow,
  change: Parameters<typeof store.changeFault>[2],
): Promise<void> {
  const now = context.clock.now();
  await context.db.transaction(async (sql) => {
    await store.lockRun(sql, run.id);
    if (!(await store.changeFault(sql, row, change))) return;
    if (change.state && change.state !== row.state)
      await store.note(sql, run.id, now, `fault.${change.state}`, {
        ...{ lease: row.lease, target: row.target, kind: row.fault.kind },
        ...(change.report?.detail ? { detail: change.report.detail } : {}),
      });
  });
}
