import type { FigureReading } from "@orderwatch/shared/ops/drills.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { DrillContext } from "./context.ts";
import { allHold, isGone, readHypothesis, revertedBy, rules } from "./domain.ts";
import { attempt, figuresOf, move, noteFault, seen } from "./move-actions.ts";
import * as store from "./store.ts";

/** Takes back what is out, until every target has said so or cannot be believed to. */
export async function revert(context: DrillContext, run: store.RunRow): Promise<void> {
  const now = context.clock.now();
  let left = 0;
  const lost: string[] = [];
  for (const row of await store.faultsOf(context.db.sql, run.id)) {
    if (row.state === "failed") lost.push(nameOf(row));
    if (row.state === "reverted" || row.state === "failed") continue;
    const report = await attempt(context, run, () => context.targets.revert(row.target, row.lease));
    await faultPoint("drill.taken_back");
    const became = revertedBy(report, row, now);
    if (became === "again") left += 1;
    if (became === "failed") lost.push(nameOf(row));
    await noteFault(context, run, row, {
      ...(became === "again" ? { state: "reverting" } : { state: became }),
      ...(became === "reverted" ? { revertedAt: now } : {}),
      ...(report ? { report } : {}),
    });
  }
  if (left > 0) return;
  if (lost.length > 0) await failRevert(context, run, lost.join(", "));
  const verifyUntil = new Date(now.getTime() + rules.verifyWithinMs);
  await move(context, run, { state: "verifying", revertedAt: now, verifyUntil }, { type: "faults.reverted" });
  await faultPoint("drill.reverted");
}

const nameOf = ({ fault, target }: Pick<store.FaultRow, "fault" | "target">) => `${fault.kind} on ${target}`;

/** Says once that a run's fault is still out, whatever else the run has ended by, and opens the incident with it. */
async function failRevert(context: DrillContext, run: store.RunRow, what: string): Promise<void> {
  const now = context.clock.now();
  const { title } = run.document;
  await context.db.transaction(async (sql) => {
    // In the order in which whoever opens an incident takes them.
    await store.beginLock.shared(sql);
    const locked = await store.lockRun(sql, run.id);
    if (!locked || locked.ending === "revert_failed") return;
    const change = { ending: "revert_failed", endingDetail: what } as const;
    await store.changeRun(sql, locked, locked.state, change, now);
    await store.note(sql, run.id, now, "revert.failed", { what });
    await context.hooks.declareRevertFailed(sql, run, {
      "zh-CN": `演练 ${title["zh-CN"]} 未能恢复：${what}`,
      en: `A drill could not be taken back: ${what} (${title.en})`,
    });
  });
}

/** Asks every target whether the fault is gone, and the figures whether what was believed holds again. */
export async function verify(context: DrillContext, run: store.RunRow): Promise<void> {
  const now = context.clock.now();
  const left: string[] = [];
  for (const row of await store.faultsOf(context.db.sql, run.id)) {
    if (row.verifiedAt) continue;
    const report = await attempt(context, run, () => context.targets.probe(row.target, row.lease));
    if (isGone(report, row, now)) await noteFault(context, run, row, { verifiedAt: now });
    else left.push(nameOf(row));
  }
  const after = readHypothesis(run.document.hypothesis, await figuresOf(context, run));
  const isWell = left.length === 0 && allHold(after);
  const isLate = run.verifyUntil !== null && now >= run.verifyUntil;
  if (!isWell && !isLate) {
    await store.changeRun(context.db.sql, run, "verifying", { after }, now);
    return;
  }
  if (!isWell) await failRevert(context, run, [...left, ...unheld(after)].join(", "));
  await context.db.transaction(async (sql) => {
    const current = await store.lockRun(sql, run.id);
    if (!current) return;
    const isAborted = current.ending !== null;
    const moved = await store.changeRun(
      sql,
      current,
      "verifying",
      isAborted
        ? { state: "aborted", after, endedAt: now }
        : { state: "settling", after, settleUntil: new Date(now.getTime() + run.document.afterS * 1_000) },
      now,
    );
    if (!moved) return;
    await store.note(sql, run.id, now, isWell ? "hypothesis.held_again" : "hypothesis.broken", seen(after));
    if (isAborted) await context.hooks.announced(sql, moved, "ended");
  });
  await faultPoint("drill.verified");
}

const unheld = (readings: readonly FigureReading[]) =>
  readings.filter(({ holds }) => !holds).map(({ figure, value }) => `${figure} is ${value}`);

/** Takes back what runs that are over have left behind, such as after a crash between two writes. */
export async function reapOrphans(context: DrillContext): Promise<void> {
  for (const row of await store.orphans(context.db.sql)) {
    const run = await store.readRun(context.db.sql, row.runId);
    if (!run) continue;
    const report = await attempt(context, run, () => context.targets.revert(row.target, row.lease));
    const became = revertedBy(report, row, context.clock.now());
    if (became === "again") continue;
    if (became === "failed") await failRevert(context, run, nameOf(row));
    await noteFault(context, run, row, { state: became, ...(report ? { report } : {}) });
  }
}
