import type { Labels } from "@orderwatch/shared/ops/detection.ts";
import { unboundedFaults } from "@orderwatch/shared/ops/drill-fault-kinds.ts";
import type { DrillFault, LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import type {
  Drill,
  DrillEnding,
  DrillFigure,
  DrillMode,
  DrillRunState,
  FigureReading,
  StopCondition,
  Tolerance,
} from "@orderwatch/shared/ops/drills.ts";

/** From each state the ones that may follow it. */
export const transitions: Record<DrillRunState, readonly DrillRunState[]> = {
  awaiting_approval: ["planned", "aborted", "skipped"],
  planned: ["checking", "aborted", "skipped"],
  checking: ["injecting", "aborted"],
  injecting: ["running", "reverting", "aborted"],
  running: ["reverting"],
  reverting: ["verifying"],
  verifying: ["settling", "aborted"],
  settling: ["scored", "aborted"],
  scored: [],
  aborted: [],
  skipped: [],
};

/** States in which its faults may still be out, so that alerts are asked whether they are its own. */
export const attributing = [
  "injecting",
  "running",
  "reverting",
  "verifying",
  "settling",
] as const satisfies readonly DrillRunState[];

export const rules = {
  /** A lease lasts so long without being renewed. */
  leaseMs: 10_000,
  /** What clocks and calls may differ by at the end of a fault's time. */
  lastMomentMs: 1_000,
  /** After the end of its last lease a target that cannot be asked is not believed to have reverted. */
  revertWithinMs: 15_000,
  /** What was believed before has to hold again so soon after the fault's end. */
  verifyWithinMs: 180_000,
  /** A planned run whose moment passed longer ago than this is skipped. */
  lateMs: 10 * 60_000,
  /** What a schedule asks for and people have to approve is planned so long before, so that they can. */
  plannedAheadMs: 24 * 60 * 60_000,
  /** What an alert's rule remembers of a fault that is over is the drill's for so long at most. */
  rememberedMs: 60 * 60_000,
  /** As many as approve what touches everybody outside the demo, and every surprise. */
  approvals: 2,
} as const;

export const isUnbounded = (fault: DrillFault): boolean =>
  (unboundedFaults as readonly string[]).includes(fault.kind);

/** A process that was killed or restarted needs nothing to go on: its lease is over the moment that it is granted. */
export const isMomentary = ({ kind }: Pick<DrillFault, "kind">): boolean =>
  kind === "kill" || kind === "restart" || kind === "freeze";

/** Two people for a surprise; two for what touches everybody, unless this is the demo. */
export function approvalsNeeded(drill: Drill, mode: DrillMode, isDemo: boolean): number {
  if (mode === "dry") return 0;
  if (mode === "surprise") return rules.approvals;
  return !isDemo && drill.faults.some(isUnbounded) ? rules.approvals : 0;
}

/** Null stands for a figure that could not be read. */
export type Figures = Readonly<Record<DrillFigure, number | null>>;

/** A hypothesis by the figures of now; what is not known does not hold. */
export function readHypothesis(hypothesis: readonly Tolerance[], figures: Figures): FigureReading[] {
  return hypothesis.map(({ figure, atLeast, atMost }) => {
    const value = figures[figure];
    const holds =
      value !== null &&
      (atLeast === undefined || value >= atLeast) &&
      (atMost === undefined || value <= atMost);
    return { figure, value, holds };
  });
}

export const allHold = (readings: readonly FigureReading[]): boolean => readings.every(({ holds }) => holds);

export type Breaches = Readonly<Record<string, string>>;

/**
 * Since when each stop condition holds, and the one that ends the run, if any. A figure that is missing counts as one
 * that holds.
 */
export function checkStops(
  conditions: readonly StopCondition[],
  figures: Figures,
  before: Breaches,
  now: Date,
): { breaches: Breaches; stop: { ending: "stop_condition" | "missing_data"; detail: string } | null } {
  const breaches: Record<string, string> = {};
  let stop: { ending: "stop_condition" | "missing_data"; detail: string } | null = null;
  for (const [index, condition] of conditions.entries()) {
    const value = figures[condition.figure];
    const isMissing = value === null;
    const holds =
      isMissing ||
      (condition.above !== undefined && value > condition.above) ||
      (condition.below !== undefined && value < condition.below);
    if (!holds) continue;
    const since = before[index] ?? now.toISOString();
    breaches[index] = since;
    if (stop || now.getTime() - Date.parse(since) < condition.forS * 1_000) continue;
    const limits = [
      ...(condition.above === undefined ? [] : [`above ${condition.above}`]),
      ...(condition.below === undefined ? [] : [`below ${condition.below}`]),
    ].join(" or ");
    stop = isMissing
      ? { ending: "missing_data", detail: `${condition.figure} cannot be read` }
      : {
          ending: "stop_condition",
          detail: `${condition.figure} is ${value}, ${limits} for ${condition.forS} s`,
        };
  }
  return { breaches, stop };
}

/** More than its radius allows, all leases together; null while within it. */
export function exceeded(
  { radius }: Pick<Drill, "radius">,
  reports: readonly (LeaseReport | null)[],
): string | null {
  const sum = (of: "orders" | "buyers") =>
    reports.reduce((all, report) => all + (report?.touched[of] ?? 0), 0);
  const orders = sum("orders");
  const buyers = sum("buyers");
  if (orders > radius.orders) return `${orders} orders were touched, of ${radius.orders} allowed`;
  if (buyers > radius.buyers) return `${buyers} buyers were touched, of ${radius.buyers} allowed`;
  return null;
}

/**
 * Whether an alert is this run's own: its rule is among the targets, and each of its labels with its value. `$node`
 * stands for the nodes that its faults strike.
 */
export function belongs(
  { targets }: Pick<Drill, "targets">,
  nodes: readonly string[],
  alert: { rule: string; labels: Labels },
): boolean {
  if (!targets.rules.includes(alert.rule)) return false;
  return Object.entries(alert.labels).every(([name, value]) =>
    (targets.labels[name] ?? []).some((each) => (each === "$node" ? nodes.includes(value) : each === value)),
  );
}

/** Nodes that faults strike, once every choice is resolved. */
export const nodesOf = (faults: readonly DrillFault[]): string[] =>
  faults.flatMap((fault) => ("node" in fault ? [fault.node] : []));

/** What the incident of a run's fault that could not be taken back is known by. */
export const revertKey = (runId: string): string => `drill-revert:${runId}`;

/** What stands against beginning now, the gravest first. */
export function whyNotBegin(given: {
  stopEngaged: boolean;
  openIncidents: number;
  budgetSpent: boolean | null;
  underWay: boolean;
  inWindow: boolean;
  lateMs: number;
}): { kind: DrillEnding; detail: string } | null {
  if (given.stopEngaged) return { kind: "stop_all", detail: "all drills are stopped" };
  if (given.openIncidents > 0)
    return { kind: "incident_open", detail: `${given.openIncidents} incidents are open` };
  if (given.underWay) return { kind: "overlap", detail: "another drill is under way" };
  if (given.budgetSpent === null) return { kind: "missing_data", detail: "the error budget cannot be read" };
  if (given.budgetSpent)
    return { kind: "budget_spent", detail: "the error budget of the last hour is spent" };
  if (!given.inWindow) return { kind: "outside_window", detail: "it is outside the drill's window" };
  if (given.lateMs > rules.lateMs)
    return { kind: "too_late", detail: `its moment passed ${Math.round(given.lateMs / 60_000)} minutes ago` };
  return null;
}

/**
 * Whether a probe shows that a fault is over: not by the book alone, but where it acts. Whoever cannot be asked holds
 * nothing once its lease is over, since that ends by itself; of one that could not be taken back nobody believes that.
 */
export function isGone(
  report: LeaseReport | null,
  lease: { state: "recorded" | "injected" | "reverting" | "reverted" | "failed"; expiresAt: Date },
  now: Date,
): boolean {
  if (report === null) return lease.state !== "failed" && now > lease.expiresAt;
  return report.state !== "active" && report.state !== "failed" && !report.lingers;
}

/** How a lease is after a report on reverting it: gone, still there, or lost for good. */
export function revertedBy(
  report: LeaseReport | null,
  lease: { expiresAt: Date },
  now: Date,
): "reverted" | "again" | "failed" {
  if (report && (report.state === "reverted" || report.state === "expired")) return "reverted";
  if (report?.state === "failed") return "failed";
  return now.getTime() > lease.expiresAt.getTime() + rules.revertWithinMs ? "failed" : "again";
}
