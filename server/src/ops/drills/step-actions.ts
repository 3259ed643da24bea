import type { LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import type { Sql } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { DrillContext } from "./context.ts";
import { allHold, checkStops, exceeded, isMomentary, readHypothesis, rules, whyNotBegin } from "./domain.ts";
import { isBudgetSpent } from "./figures.ts";
import { attempt, figuresOf, move, noteFault, seen } from "./move-actions.ts";
import { leaseFor } from "./placement.ts";
import { revert, verify } from "./revert-actions.ts";
import { circumstances, endEarly } from "./run-actions.ts";
import { isInWindow } from "./schedule.ts";
import * as store from "./store.ts";
import type { Placement } from "./targets.ts";

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
  budgetSpent: boolean | null,
): Promise<boolean> {
  const now = context.clock.now();
  const { schedule } = run.document;
  const isScheduled = run.requestedById === null;
  const lateMs = now.getTime() - run.plannedFor.getTime();
  // Somebody may still approve it while it is not too late.
  if (run.state === "awaiting_approval" && lateMs <= rules.lateMs) return false;
  if (isScheduled && !(await store.isScheduled(sql, run.slug))) {
    // Planned before its schedule was paused.
    await endEarly(context, sql, run, "outside_window", "its schedule is paused");
    return false;
  }
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
      if (report.state === "expired" && !isMomentary(row.fault) && !isEnding(run, context.clock.now()))
        return await end(context, run, "missing_data", `${row.target} was left alone, and ended its fault`);
    }
    reports.push(report ?? row.report);
  }
  const beyond = exceeded(run.document, reports);
  if (beyond) await end(context, run, "radius_exceeded", beyond);
}

/** In its last second a lease may be over before it is asked about, and has not been left alone. */
const isEnding = ({ faultUntil }: store.RunRow, now: Date): boolean =>
  faultUntil !== null && now.getTime() + rules.lastMomentMs >= faultUntil.getTime();

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
