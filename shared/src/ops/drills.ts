import { z } from "zod";
import { Id } from "../ids.ts";
import { text } from "../text.ts";
import { Words } from "../words.ts";
import { AlertLevel, Facts } from "./detection.ts";
import { BlastRadius, DrillFault, LeaseReport } from "./drill-faults.ts";

const Slug = z
  .string()
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "lower case words with hyphens")
  .max(64);
const Instant = z.iso.datetime();

/** Figures that hypotheses and stop conditions speak of; over the last 10 s where they are rates. */
export const drillFigures = [
  /** Placed of what was asked for, buyers and shoppers alike: 0 to 1. */
  "success_rate",
  /** Orders a second. */
  "placed_rate",
  "paid_rate",
  "latency_p99_ms",
  "active_nodes",
  "standby_nodes",
  /** Age of the oldest row that is due, in seconds. */
  "queue_lag_s",
  /** Orders paid longer than a minute ago without their codes. */
  "paid_without_code",
  /** Real buyers' orders that failed by our fault since the run began, and their tries to order that were refused by it. */
  "buyers_failed",
] as const;
export type DrillFigure = (typeof drillFigures)[number];

/** What holds while all is well, checked before the fault and after its end. */
export const Tolerance = z
  .strictObject({
    figure: z.enum(drillFigures),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
  })
  .refine(({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined, {
    error: "atLeast, atMost or both",
  });
export type Tolerance = z.infer<typeof Tolerance>;

/** Ends the run at once when it holds for `forS`. A figure that cannot be read counts as holding. */
export const StopCondition = z
  .strictObject({
    figure: z.enum(drillFigures),
    above: z.number().optional(),
    below: z.number().optional(),
    forS: z.int().min(0).max(300).default(0),
  })
  .refine(({ above, below }) => above !== undefined || below !== undefined, {
    error: "above, below or both",
  });
export type StopCondition = z.infer<typeof StopCondition>;

const ClockTime = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/);
export const DrillSchedule = z.strictObject({
  cron: z.string().max(64),
  /** An IANA name. */
  timeZone: z.string().max(64),
  /** Local times within which a run may begin; what falls outside is skipped. */
  window: z.strictObject({ from: ClockTime, until: ClockTime }),
});
export type DrillSchedule = z.infer<typeof DrillSchedule>;

/** What the people and the machines are expected to do, from the known moment of injection. */
export const Expectations = z.strictObject({
  rule: Slug,
  level: AlertLevel,
  runbook: Slug,
  detectedWithinS: z.int().min(1).max(3_600),
  acknowledgedWithinS: z.int().min(1).max(3_600),
  mitigatedWithinS: z.int().min(1).max(14_400),
  /** Failed orders are to be handed over by ticket. */
  tickets: z.boolean().default(false),
});
export type Expectations = z.infer<typeof Expectations>;

/** One drill as its file says; the file's name is its slug. */
export const Drill = z.strictObject({
  slug: Slug,
  title: Words,
  /** What is believed, in one sentence. */
  belief: Words,
  hypothesis: z.array(Tolerance).min(1).max(10),
  faults: z.array(DrillFault).min(1).max(5),
  radius: BlastRadius,
  /**
   * Alerts that belong to it: their rule is listed, and each of their labels is listed with its value (`$node` stands for
   * the nodes that it strikes). Any other alert is a real one and ends the run.
   */
  targets: z.strictObject({
    rules: z.array(Slug).min(1),
    labels: z.record(z.string().max(64), z.array(z.string().max(200)).min(1)).default({}),
  }),
  stop: z.array(StopCondition).min(1).max(10),
  /** Of the fault; then it is reverted whatever people did. */
  durationS: z.int().min(5).max(3_600),
  /** People may go on so long after the fault's end before the run is scored. */
  afterS: z.int().min(0).max(3_600).default(120),
  schedule: DrillSchedule.optional(),
  expect: Expectations,
});
export type Drill = z.infer<typeof Drill>;

/** `dry`: nothing is touched; `rehearsal`: people are told; `surprise`: they are not, and two people approved it. */
export const drillModes = ["dry", "rehearsal", "surprise"] as const;
export type DrillMode = (typeof drillModes)[number];

/**
 * `awaiting_approval` → `planned` → `checking` (hypothesis) → `injecting` → `running` → `reverting` → `verifying` →
 * `settling` (people finish, orders settle) → `scored`. `aborted`: it was stopped, its faults reverted, and is scored no
 * more. `skipped`: it never began, for the reason given.
 */
export const drillRunStates = [
  "awaiting_approval",
  "planned",
  "checking",
  "injecting",
  "running",
  "reverting",
  "verifying",
  "settling",
  "scored",
  "aborted",
  "skipped",
] as const;
export type DrillRunState = (typeof drillRunStates)[number];

/** Why a run ended early or never began. */
export const drillEndings = [
  "asked",
  "stop_all",
  "stop_condition",
  "missing_data",
  "foreign_alert",
  "radius_exceeded",
  "hypothesis_failed",
  "incident_open",
  "budget_spent",
  "overlap",
  "outside_window",
  "not_offered",
  "injection_failed",
  "revert_failed",
  "too_late",
] as const;
export type DrillEnding = (typeof drillEndings)[number];

export const scoreLines = [
  "detected",
  "right_rule",
  "right_level",
  "page_delivered",
  "acknowledged",
  "first_step",
  "right_runbook",
  "mitigated",
  "buyers_unaffected",
  "invariants",
  "ticket_handoff",
  "reverted",
] as const;
export type ScoreLineName = (typeof scoreLines)[number];

/** One line of the scorecard: so many of so many points, and why. `ofPoints` 0 where it does not apply. */
export const ScoreLine = z.object({
  line: z.enum(scoreLines),
  points: z.number().min(0),
  ofPoints: z.number().min(0),
  /** Seconds, counts, names: what was measured, beside what was expected. */
  facts: Facts,
  reason: Words,
});
export type ScoreLine = z.infer<typeof ScoreLine>;

export const Scorecard = z.object({
  /** 0 to 100: the points of the lines that apply, as a share of theirs. */
  score: z.number().min(0).max(100),
  lines: z.array(ScoreLine),
  /** What was missing: a rule, a runbook's step, a person's habit. */
  proposals: z.array(z.object({ kind: z.enum(["rule", "runbook", "people", "fix"]), text: Words })),
});
export type Scorecard = z.infer<typeof Scorecard>;

export const DrillAction = z.object({
  id: Id,
  text: z.string(),
  owner: z.object({ id: z.string(), name: z.string() }).nullable(),
  dueOn: z.iso.date().nullable(),
  doneAt: Instant.nullable(),
});
export type DrillAction = z.infer<typeof DrillAction>;
export const NewDrillAction = z.strictObject({
  text: text(500),
  ownerId: z.string().max(64).optional(),
  dueOn: z.iso.date().optional(),
});
export const ChangeDrillAction = z.strictObject({ done: z.boolean() });

export const journalTypes = [
  "run.requested",
  "run.approved",
  "run.begun",
  "run.ended_early",
  "run.scored",
  "hypothesis.held",
  "hypothesis.failed",
  "hypothesis.held_again",
  "hypothesis.broken",
  "fault.recorded",
  "fault.injected",
  "fault.reverting",
  "fault.reverted",
  "fault.failed",
  "faults.injected",
  "fault.time_over",
  "faults.reverted",
  "revert.failed",
  "incident.opened",
  "incident.foreign",
] as const;
export type JournalType = (typeof journalTypes)[number];

/** Journal: what was decided and done, in order; never changed. */
export const JournalEntry = z.object({
  seq: z.int(),
  at: Instant,
  type: z.enum(journalTypes),
  facts: Facts,
});
export type JournalEntry = z.infer<typeof JournalEntry>;

export const RunFault = z.object({
  lease: Id,
  target: z.string(),
  fault: DrillFault,
  state: z.enum(["recorded", "injected", "reverting", "reverted", "failed"]),
  injectedAt: Instant.nullable(),
  revertedAt: Instant.nullable(),
  verifiedAt: Instant.nullable(),
  report: LeaseReport.nullable(),
});
export type RunFault = z.infer<typeof RunFault>;

export const FigureReading = z.object({
  figure: z.enum(drillFigures),
  value: z.number().nullable(),
  holds: z.boolean(),
});
export type FigureReading = z.infer<typeof FigureReading>;

export const DrillRun = z.object({
  id: Id,
  number: z.int(),
  drill: Drill,
  mode: z.enum(drillModes),
  state: z.enum(drillRunStates),
  ending: z.object({ kind: z.enum(drillEndings), detail: z.string() }).nullable(),
  requestedBy: z.string().nullable(),
  approvals: z.array(z.object({ by: z.string(), at: Instant })),
  approvalsNeeded: z.int(),
  plannedFor: Instant,
  startedAt: Instant.nullable(),
  injectedAt: Instant.nullable(),
  revertedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  /** When the fault ends by itself, and when the run is scored at the latest. */
  faultUntil: Instant.nullable(),
  settleUntil: Instant.nullable(),
  faults: z.array(RunFault),
  /** The hypothesis before, now and after. */
  before: z.array(FigureReading),
  now: z.array(FigureReading),
  after: z.array(FigureReading),
  incidentIds: z.array(Id),
  scorecard: Scorecard.nullable(),
  actions: z.array(DrillAction),
  revision: z.int(),
});
export type DrillRun = z.infer<typeof DrillRun>;
export const DrillRunSummary = DrillRun.pick({
  id: true,
  number: true,
  mode: true,
  state: true,
  ending: true,
  plannedFor: true,
  startedAt: true,
  endedAt: true,
  revision: true,
}).extend({ slug: Slug, title: Words, score: z.number().nullable() });
export type DrillRunSummary = z.infer<typeof DrillRunSummary>;

/** What a run would touch, by today's figures. */
export const DryRun = z.object({
  faults: z.array(
    z.object({
      fault: DrillFault,
      targets: z.array(z.string()),
      offered: z.boolean(),
      reason: Words.nullable(),
    }),
  ),
  /**
   * Expected over the fault's duration at today's rates. Of what strikes a whole process these are all orders, and buyers
   * by their share of the last hour; of anything else no more than the radius allows.
   */
  orders: z.int(),
  buyers: z.int(),
  figures: z.array(FigureReading),
  /** Why it would not begin now. */
  obstacles: z.array(z.object({ kind: z.enum(drillEndings), detail: Words })),
  approvalsNeeded: z.int(),
  onDuty: z.array(z.string()),
});
export type DryRun = z.infer<typeof DryRun>;

export const DrillSummary = z.object({
  drill: Drill,
  source: z.enum(["file", "replay"]),
  /** Schedules are paused until somebody opts in. */
  scheduled: z.boolean(),
  nextAt: Instant.nullable(),
  /** When its schedule fires in the next four weeks, inside its window. */
  upcoming: z.array(Instant),
  approvalsNeeded: z.int(),
  last: DrillRunSummary.nullable(),
  /** Of earlier runs, oldest first, at most 20. */
  trend: z.array(z.object({ run: Id, at: Instant, score: z.number() })),
});
export type DrillSummary = z.infer<typeof DrillSummary>;

/** The stop for all drills: while it is engaged nothing begins. */
export const DrillStop = z.object({
  engaged: z.boolean(),
  by: z.string().nullable(),
  at: Instant.nullable(),
  reason: z.string().nullable(),
});
export type DrillStop = z.infer<typeof DrillStop>;

export const DrillList = z.object({
  items: z.array(DrillSummary),
  nextCursor: z.null(),
  stop: DrillStop,
  running: z.array(DrillRunSummary),
});
export type DrillList = z.infer<typeof DrillList>;

export const StartRun = z.strictObject({
  mode: z.enum(["rehearsal", "surprise"]),
  /** Now when absent. */
  at: Instant.optional(),
});
export const AbortRun = z.strictObject({ reason: text(500) });
export const EngageStop = z.strictObject({ reason: text(500) });
export const ChangeDrill = z.strictObject({ scheduled: z.boolean() });
export const RunsQuery = z.object({
  slug: Slug.optional(),
  cursor: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
/** A past incident's faults and the shape of its traffic as a drill. */
export const Replay = z.strictObject({ incidentId: Id });
