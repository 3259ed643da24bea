import type { DrillFault } from "@orderwatch/shared/ops/drill-faults.ts";
import type { DrillEnding, DrillMode, DrillRun, DrillStop, DryRun } from "@orderwatch/shared/ops/drills.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import { countBuyersRefused } from "../../live/measures-store.ts";
import type { Sql } from "../../platform/db.ts";
import { audited, type By } from "../audit/actions.ts";
import type { DrillContext } from "./context.ts";
import { approvalsNeeded, readHypothesis, transitions, whyNotBegin } from "./domain.ts";
import { isBudgetSpent } from "./figures.ts";
import { listKnown, type Viewer } from "./known-store.ts";
import { reachOf } from "./reach.ts";
import * as store from "./store.ts";
import { findDrill, readStop, toRun } from "./views-actions.ts";

export type ByStaff = By & { staff: { id: string; name: string } };

const conflict = (detail: string) => new DomainError("drill.conflict", detail);

/** Who approved it by asking for it counts as one. */
const isApproved = async (sql: Sql, run: store.RunRow) =>
  (await store.approvalsOf(sql, run.id)).length >= run.approvalsNeeded;

/**
 * Asks for a run, now or later; whoever asks has approved it. Throws `drill.not_found`, `drill.stopped` while all drills
 * are stopped, and `drill.conflict` where it could not begin now or a fault of it cannot be had here.
 */
export async function startRun(
  context: DrillContext,
  by: ByStaff,
  slug: string,
  given: { mode: Exclude<DrillMode, "dry">; at?: string | undefined },
): Promise<DrillRun> {
  const drill = await findDrill(context, slug);
  for (const fault of drill.faults) {
    const placed = await context.targets.place(fault);
    if ("refused" in placed) throw conflict(placed.refused.en);
  }
  const now = context.clock.now();
  const plannedFor = given.at === undefined ? now : new Date(given.at);
  const isNow = plannedFor.getTime() <= now.getTime();
  const needed = approvalsNeeded(drill, given.mode, context.isDemo);
  return await audited(context, by, async ({ sql }) => {
    const stop = await store.readStop(sql, "for share");
    if (stop.engaged)
      throw new DomainError("drill.stopped", `All drills were stopped by ${stop.by ?? "somebody"}`);
    if (isNow) await requireFree(context, sql, by.staff.id);
    const run = await store.insertRun(
      sql,
      {
        ...{ id: context.newId(), slug, document: drill, mode: given.mode },
        ...{ requestedById: by.staff.id, requestedBy: by.staff.name, approvalsNeeded: needed, plannedFor },
        state: needed > 1 ? "awaiting_approval" : "planned",
      },
      now,
    );
    if (!run) throw conflict("It has been asked for already");
    await store.approve(sql, run.id, by.staff, now);
    await store.note(sql, run.id, now, "run.requested", { by: by.staff.name, mode: given.mode });
    // By its run, so that the log keeps a surprise from those who may not know of it yet.
    const note = {
      action: "drill.requested",
      target: { kind: "drill_run", id: run.id },
      facts: { drill: slug, mode: given.mode },
    };
    return { result: await toRun(sql, run), note };
  });
}

async function requireFree(context: DrillContext, sql: Sql, staffId: string): Promise<void> {
  const rest = { budgetSpent: false, inWindow: true, lateMs: 0 };
  const obstacle = whyNotBegin({ ...(await circumstances(context, sql)), ...rest });
  if (!obstacle) return;
  // Nobody learns of a surprise by trying to begin another drill.
  const isSecret = whyNotBegin({ ...(await circumstances(context, sql, staffId)), ...rest }) === null;
  throw conflict(isSecret ? "It cannot begin now" : `It cannot begin now: ${obstacle.detail}`);
}

/** What stands against any run, as rows have it; with `viewerId`, as far as that person may know. */
export async function circumstances({ hooks }: Pick<DrillContext, "hooks">, sql: Sql, viewerId?: string) {
  return {
    stopEngaged: (await store.readStop(sql, "for share")).engaged,
    openIncidents: await hooks.countOpenIncidents(sql),
    underWay: await isUnderWay(sql, viewerId),
  };
}

async function isUnderWay(sql: Sql, viewerId: string | undefined): Promise<boolean> {
  const run = await store.runUnderWay(sql);
  if (!run || viewerId === undefined) return run !== undefined;
  return (await listKnown(sql, { id: viewerId, mayApprove: false }, [run.id])).has(run.id);
}

/** Approves a run. Throws `drill_run.not_found`, and `drill.conflict` when it waits for nobody or this person has. */
export async function approveRun(context: DrillContext, by: ByStaff, id: string): Promise<DrillRun> {
  return await audited(context, by, async ({ sql }) => {
    const now = context.clock.now();
    const run = await lock(sql, id);
    if (run.state !== "awaiting_approval") throw conflict("This run does not wait for an approval");
    if (!(await store.approve(sql, id, by.staff, now))) throw conflict("You have approved it already");
    await store.note(sql, id, now, "run.approved", { by: by.staff.name });
    const state = (await isApproved(sql, run)) ? "planned" : "awaiting_approval";
    const changed = await store.changeRun(sql, run, run.state, { state }, now);
    if (!changed) throw new Error("a locked run was moved");
    const note = { action: "drill.approved", target: { kind: "drill_run", id } };
    return { result: await toRun(sql, changed), note };
  });
}

async function lock(sql: Sql, id: string): Promise<store.RunRow> {
  const run = await store.lockRun(sql, id);
  if (!run) throw new DomainError("drill_run.not_found", `No drill run ${id}`);
  return run;
}

/** Ends a run; its faults are taken back by the engine within a second. Throws `drill.conflict` when it is over. */
export async function abortRun(
  context: DrillContext,
  by: ByStaff,
  id: string,
  reason: string,
): Promise<DrillRun> {
  return await audited(context, by, async ({ sql }) => {
    const run = await lock(sql, id);
    if (run.state === "reverting" || run.state === "verifying")
      throw conflict("Its faults are being taken back already");
    const aborted = await endEarly(context, sql, run, "asked", `${by.staff.name}: ${reason}`);
    if (!aborted) throw conflict("This run is over");
    const note = { action: "drill.aborted", target: { kind: "drill_run", id }, reason };
    return { result: await toRun(sql, aborted), note };
  });
}

/**
 * Ends a locked run before its time: its faults are taken back first, if there are any. One that takes them back already
 * goes on until they are seen to be gone, and is not scored. Undefined when it is over, or was ended before.
 */
export async function endEarly(
  { clock, hooks }: Pick<DrillContext, "clock" | "hooks">,
  sql: Sql,
  run: store.RunRow,
  ending: DrillEnding,
  detail: string,
): Promise<store.RunRow | undefined> {
  const now = clock.now();
  if (run.state === "reverting" || run.state === "verifying") {
    if (run.ending !== null) return undefined;
    await store.note(sql, run.id, now, "run.ended_early", { ending, detail });
    return await store.changeRun(sql, run, run.state, { ending, endingDetail: detail }, now);
  }
  const faults = await store.faultsOf(sql, run.id);
  const isOut = faults.some(({ state }) => state !== "reverted" && state !== "failed");
  const state = isOut ? "reverting" : run.startedAt === null && ending !== "asked" ? "skipped" : "aborted";
  if (!transitions[run.state].includes(state)) return undefined;
  await store.note(sql, run.id, now, "run.ended_early", { ending, detail });
  const change = { state, ending, endingDetail: detail, ...(isOut ? {} : { endedAt: now }) } as const;
  const ended = await store.changeRun(sql, run, run.state, change, now);
  // Of one that never began nobody was told.
  if (ended && !isOut && run.startedAt !== null) await hooks.announced(sql, ended, "ended");
  return ended;
}

/** Stops all drills: the one that runs is ended, and none begins until this is released. */
export async function engageStop(context: DrillContext, by: ByStaff, reason: string): Promise<DrillStop> {
  await audited(context, by, async ({ sql }) => {
    const now = context.clock.now();
    await store.readStop(sql, "for update");
    await store.writeStop(sql, { engaged: true, by: by.staff.name, at: now, reason });
    const run = await store.runUnderWay(sql, true);
    if (run && run.state !== "settling")
      await endEarly(context, sql, run, "stop_all", `${by.staff.name}: ${reason}`);
    return {
      result: undefined,
      note: { action: "drills.stopped", target: { kind: "drill", id: "all" }, reason },
    };
  });
  return await readStop(context);
}

export async function releaseStop(context: DrillContext, by: ByStaff): Promise<DrillStop> {
  await audited(context, by, async ({ sql }) => {
    await store.readStop(sql, "for update");
    await store.writeStop(sql, {
      ...{ engaged: false, by: by.staff.name, at: context.clock.now(), reason: null },
    });
    return { result: undefined, note: { action: "drills.released", target: { kind: "drill", id: "all" } } };
  });
  return await readStop(context);
}

const obstacleWords: Partial<Record<DrillEnding, Words>> = {
  stop_all: { "zh-CN": "所有演练已被叫停", en: "All drills are stopped" },
  incident_open: { "zh-CN": "有未结束的事故", en: "An incident is open" },
  overlap: { "zh-CN": "另一场演练正在进行", en: "Another drill is under way" },
  budget_spent: { "zh-CN": "过去一小时的错误预算已用完", en: "The error budget of the last hour is spent" },
  missing_data: { "zh-CN": "读不到错误预算", en: "The error budget cannot be read" },
};

/**
 * What a run would touch now, and what stands against it as far as this person may know. Nothing is done. Throws
 * `drill.not_found`.
 */
export async function dryRun(context: DrillContext, slug: string, viewer: Viewer): Promise<DryRun> {
  const drill = await findDrill(context, slug);
  const { db, clock, hooks, targets } = context;
  const now = clock.now();
  const figures = context.figures.read(now, await readRows(context, now));
  const faults = await Promise.all(
    drill.faults.map(async (fault) => describe(fault, await targets.place(fault))),
  );
  const hour = await hooks.lastHour(now);
  const readings = readHypothesis(drill.hypothesis, figures);
  // An hour that is not known stands against what a schedule begins; whoever begins it by hand may know better.
  const spent = isBudgetSpent(hour) ?? false;
  const obstacle = whyNotBegin({
    ...(await circumstances(context, db.sql, viewer.id)),
    ...{ budgetSpent: spent, inWindow: true, lateMs: 0 },
  });
  const words =
    obstacle && (obstacleWords[obstacle.kind] ?? { "zh-CN": obstacle.detail, en: obstacle.detail });
  const unheld = readings.filter(({ holds }) => !holds).map(({ figure }) => figure);
  return {
    faults,
    ...reachOf(drill, figures.placed_rate, hour),
    figures: readings,
    obstacles: [
      ...(obstacle && words ? [{ kind: obstacle.kind, detail: words }] : []),
      ...(unheld.length > 0
        ? [
            {
              kind: "hypothesis_failed" as const,
              detail: {
                "zh-CN": `现在就不成立：${unheld.join("、")}`,
                en: `Does not hold even now: ${unheld.join(", ")}`,
              },
            },
          ]
        : []),
      ...faults.flatMap(({ reason }) => (reason ? [{ kind: "not_offered" as const, detail: reason }] : [])),
    ],
    approvalsNeeded: approvalsNeeded(drill, "rehearsal", context.isDemo),
    onDuty: await hooks.onDuty(),
  };
}

const describe = (fault: DrillFault, placed: Awaited<ReturnType<DrillContext["targets"]["place"]>>) =>
  "refused" in placed
    ? { fault, targets: [], offered: false, reason: placed.refused }
    : { fault, targets: placed.map(({ target }) => target), offered: true, reason: null };

/** What figures need from rows; null when the database does not answer. */
export async function readRows(
  { db, log }: Pick<DrillContext, "db" | "log">,
  now: Date,
  since: Date = now,
): Promise<{ paidWithoutCode: number; buyersFailed: number } | null> {
  try {
    const [paidWithoutCode, failed, refused] = await Promise.all([
      store.countPaidWithoutCode(db.sql, now),
      store.countBuyersFailed(db.sql, since),
      countBuyersRefused(db.sql, since, now),
    ]);
    return { paidWithoutCode, buyersFailed: failed + refused };
  } catch (error) {
    log.warn({ err: error }, "a drill's figures could not be read from rows");
    return null;
  }
}
