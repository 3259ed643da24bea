import type { LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import type { FigureReading, JournalType } from "@orderwatch/shared/ops/drills.ts";
import type { Sql } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { DrillContext } from "./context.ts";
import {
  allHold,
  checkStops,
  exceeded,
  type Figures,
  isGone,
  readHypothesis,
  revertedBy,
  rules,
  whyNotBegin,
} from "./domain.ts";
import { isBudgetSpent } from "./figures.ts";
import { leaseFor } from "./placement.ts";
import { circumstances, endEarly, readRows } from "./run-actions.ts";
import { isInWindow } from "./schedule.ts";
import * as store from "./store.ts";
import { type Placement, TargetUnreachable } from "./targets.ts";

/**
 * Moves whatever run is due by one step. Each step reads rows, acts, and writes what it did by a conditional update, so
 * that it may be cut short anywhere and be taken by another console: what was done is done again with the same effect.
 */
export async function advance(context: DrillContext): Promise<void> {
  const run = await store.runUnderWay(context.db.sql);
  if (!run) return await beginDue(context);
  await step(context, run);
}

/** A run's next step by its state. */
async function step(context: DrillContext, run: store.RunRow): Promise<void> {
  switch (run.state) {
    case "checking":
      return await check(context, run);
    case "injecting":
      return await inject(context, run);
    case "running":
      return await watch(context, run);
    case "reverting":
      return await revert(context, run);
    case "verifying":
      return await verify(context, run);
    case "settling":
      return await settle(context, run);
    default:
      return;
  }
}

async function beginDue(context: DrillContext): Promise<void> {
  const { db, clock, hooks } = context;
  for (const due of await store.listDue(db.sql, clock.now())) {
    const budgetSpent = due.requestedById === null ? isBudgetSpent(await hooks.lastHour(clock.now())) : false;
    const begun = await db.transaction(async (sql) => {
      // First of all, so that an incident which opens now either is seen here or sees this run.
      await store.beginLock.alone(sql);
      const run = await store.lockRun(sql, due.id);
      if (!run || (run.state !== "planned" && run.state !== "awaiting_approval")) return false;
      return await begin(context, sql, run, budgetSpent);
    });
    await faultPoint("drill.begun");
    if (begun) return;
  }
}

async function begin(
  context: DrillContext,
  sql: Sql,
  run: store.RunRow,
  budgetSpent: boolean,
): Promise<boolean> {
  const now = context.clock.now();
  const { schedule } = run.document;
  const isScheduled = run.requestedById === null;
  const lateMs = now.getTime() - run.plannedFor.getTime();
  // Somebody may still approve it while it is not too late.
  if (run.state === "awaiting_approval" && lateMs <= rules.lateMs) return false;
  const obstacle = whyNotBegin({
    ...(await circumstances(context, sql)),
    budgetSpent,
    inWindow: !isScheduled || schedule === undefined || isInWindow(schedule, now),
    lateMs,
  });
  if (obstacle) {
    await endEarly(context, sql, run, obstacle.kind, obstacle.detail);
    return false;
  }
  const begun = await store.changeRun(sql, run, run.state, { state: "checking", startedAt: now }, now);
  if (!begun) return false;
  await store.note(sql, run.id, now, "run.begun", { mode: run.mode });
  await context.hooks.announced(sql, begun, "begun");
  return true;
}

/** Moves a run that is still in its state, with an entry of the journal; undefined when it has moved already. */
async function move(
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

async function end(
  context: DrillContext,
  run: store.RunRow,
  ending: Parameters<typeof endEarly>[3],
  detail: string,
): Promise<void> {
  await context.db.transaction(async (sql) => {
    const locked = await store.lockRun(sql, run.id);
    // What was seen of a run that has moved since says nothing of it.
    if (locked?.state === run.state) await endEarly(context, sql, locked, ending, detail);
  });
}

async function figuresOf(context: DrillContext, run: store.RunRow): Promise<Figures> {
  const now = context.clock.now();
  return context.figures.read(now, await readRows(context, now, run.injectedAt ?? run.startedAt ?? now));
}

const seen = (readings: readonly FigureReading[]) =>
  Object.fromEntries(readings.map(({ figure, value }) => [figure, value]));

/** The hypothesis has to hold before anything is broken. */
async function check(context: DrillContext, run: store.RunRow): Promise<void> {
  const before = readHypothesis(run.document.hypothesis, await figuresOf(context, run));
  if (allHold(before)) {
    await move(
      context,
      run,
      { state: "injecting", before },
      { type: "hypothesis.held", facts: seen(before) },
    );
    await faultPoint("drill.checked");
    return;
  }
  const missing = before.filter(({ value }) => value === null).map(({ figure }) => figure);
  const failed = before.filter(({ holds }) => !holds).map(({ figure, value }) => `${figure} is ${value}`);
  await move(context, run, { state: "checking", before }, { type: "hypothesis.failed", facts: seen(before) });
  if (missing.length > 0) await end(context, run, "missing_data", `${missing.join(", ")} cannot be read`);
  else await end(context, run, "hypothesis_failed", failed.join(", "));
}

/** Writes down what is to be taken back, and where, before anything is broken; then breaks it. */
async function inject(context: DrillContext, run: store.RunRow): Promise<void> {
  if (!(await recordFaults(context, run))) return;
  await faultPoint("drill.recorded");
  const recorded = await store.faultsOf(context.db.sql, run.id);
  for (const row of recorded) {
    if (row.state !== "recorded") continue;
    // Granting takes its time: whoever has ended the run meanwhile wants nothing more to be broken.
    if ((await store.readRun(context.db.sql, run.id))?.state !== "injecting") return;
    const report = await attempt(context, run, () =>
      context.targets.grant(row.target, leaseFor(run, recorded, row.lease, context.clock.now())),
    );
    await faultPoint("drill.granted");
    if (!report || report.state === "failed")
      return await end(
        context,
        run,
        "injection_failed",
        `${row.target} did not take ${row.fault.kind}${report?.detail ? `: ${report.detail}` : ""}`,
      );
    await noteFault(context, run, row, { state: "injected", injectedAt: context.clock.now(), report });
  }
  const [first] = (await store.faultsOf(context.db.sql, run.id)).flatMap(({ injectedAt }) =>
    injectedAt ? [injectedAt] : [],
  );
  const injectedAt = first ?? context.clock.now();
  const faultUntil = new Date(injectedAt.getTime() + run.document.durationS * 1_000);
  await move(context, run, { state: "running", injectedAt, faultUntil }, { type: "faults.injected" });
  await faultPoint("drill.injected");
}

/** False when the run had to be ended. Recorded once; who comes later finds the rows. */
async function recordFaults(context: DrillContext, run: store.RunRow): Promise<boolean> {
  const { db, clock, targets, newId } = context;
  if ((await store.faultsOf(db.sql, run.id)).length > 0) return true;
  const placements: Placement[] = [];
  for (const fault of run.document.faults) {
    const placed = await targets.place(fault);
    if ("refused" in placed) {
      await end(context, run, "not_offered", placed.refused.en);
      return false;
    }
    placements.push(...placed);
  }
  return await db.transaction(async (sql) => {
    const locked = await store.lockRun(sql, run.id);
    if (locked?.state !== "injecting") return false;
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + rules.leaseMs);
    if ((await store.faultsOf(sql, run.id)).length > 0) return true;
    for (const { target, fault } of placements) {
      const lease = newId();
      await store.recordFault(sql, { lease, runId: run.id, target, fault, expiresAt });
      await store.note(sql, run.id, now, "fault.recorded", { lease, target, kind: fault.kind });
    }
    return true;
  });
}

/** Null when the target cannot be asked. */
async function attempt(
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

async function noteFault(
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

/** Renews what is out, and looks whether it goes on: conditions, radius, time. */
async function watch(context: DrillContext, run: store.RunRow): Promise<void> {
  const now = context.clock.now();
  const figures = await figuresOf(context, run);
  const { breaches, stop } = checkStops(run.document.stop, figures, run.breaches, now);
  const readings = readHypothesis(run.document.hypothesis, figures);
  await store.changeRun(context.db.sql, run, "running", { breaches: { ...breaches }, now: readings }, now);
  if (stop) return await end(context, run, stop.ending, stop.detail);
  if (run.faultUntil && now >= run.faultUntil) {
    await move(context, run, { state: "reverting" }, { type: "fault.time_over" });
    await faultPoint("drill.over");
    return;
  }
  const reports: (LeaseReport | null)[] = [];
  const all = await store.faultsOf(context.db.sql, run.id);
  for (const row of all) {
    const lease = leaseFor(run, all, row.lease, context.clock.now());
    const report = await attempt(context, run, () => context.targets.renew(row.target, lease));
    if (report) {
      await noteFault(context, run, row, { report, expiresAt: new Date(lease.expiresAt) });
      if (report.state === "expired" && !isMomentary(row))
        return await end(context, run, "missing_data", `${row.target} was left alone, and ended its fault`);
    }
    reports.push(report ?? row.report);
  }
  const beyond = exceeded(run.document, reports);
  if (beyond) await end(context, run, "radius_exceeded", beyond);
}

/** A process that was killed or restarted needs nothing to go on: its lease is over the moment that it is granted. */
const isMomentary = ({ fault }: Pick<store.FaultRow, "fault">) =>
  fault.kind === "kill" || fault.kind === "restart" || fault.kind === "freeze";

async function revert(context: DrillContext, run: store.RunRow): Promise<void> {
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
async function verify(context: DrillContext, run: store.RunRow): Promise<void> {
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

/** People finish what they are at; with the last of its incidents over, or when time is up, it is scored. */
async function settle(context: DrillContext, run: store.RunRow): Promise<void> {
  const { db, clock, hooks } = context;
  const now = clock.now();
  const ids = await store.incidentsOf(db.sql, run.id);
  const isTimeUp = run.settleUntil !== null && now >= run.settleUntil;
  const isAllOver = ids.length > 0 && (await hooks.openOf(db.sql, ids)).length === 0;
  if (!isTimeUp && !isAllOver) return;
  const scorecard = await hooks.score(run);
  await db.transaction(async (sql) => {
    const scored = await store.changeRun(
      sql,
      run,
      "settling",
      { state: "scored", scorecard, endedAt: now },
      now,
    );
    if (!scored) return;
    await store.note(sql, run.id, now, "run.scored", { score: scorecard?.score ?? null });
    await hooks.announced(sql, scored, "ended");
  });
  await faultPoint("drill.scored");
}

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
