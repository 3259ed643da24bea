import { z } from "zod";
import { Id } from "../ids.ts";
import { text } from "../text.ts";
import { Words } from "../words.ts";
import type { Permission } from "./roles.ts";
import { ThirdParty } from "./third-parties.ts";

export const runbookKinds = ["sop", "emergency"] as const;
export const runbookOwners = ["engineering", "operations", "support"] as const;

/** What a step can do, and what its person must be allowed to do beside running runbooks. */
export const runbookActions = {
  promote_standby: "nodes.command",
  drain_node: "nodes.command",
  pause_channel: "levers.change",
  resume_channel: "levers.change",
  limit_purchases: "levers.change",
  shed_load: "levers.change",
  call_third_party: "runbooks.run",
  tell_buyers: "status.publish",
  run_reconciliation: "reconciliation.act",
} as const satisfies Record<string, Permission>;
export type RunbookAction = keyof typeof runbookActions;

/** Live figures that an acting step is verified by. */
export const watchedFigures = [
  "placed",
  "paid",
  "refused",
  "payment_failures",
  "latency",
  "active_nodes",
] as const;
export type WatchedFigure = (typeof watchedFigures)[number];

const StepSlug = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "lower case words with hyphens");

const stepText = {
  id: StepSlug,
  title: Words,
  /** Markdown. */
  text: Words,
};

export const ExplainStep = z.strictObject({ ...stepText, does: z.literal("explain") });
export const AskStep = z.strictObject({
  ...stepText,
  does: z.literal("ask"),
  /** What may be answered; any text where it is absent. */
  answers: z
    .array(z.strictObject({ value: StepSlug, label: Words }))
    .min(2)
    .optional(),
});
export const ActStep = z.strictObject({
  ...stepText,
  does: z.literal("act"),
  action: z.enum(Object.keys(runbookActions) as [RunbookAction, ...RunbookAction[]]),
  /** Filled in already; the person may choose otherwise. */
  with: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  /** So long after it was done the figures say whether it stays. Absent where nothing is to be measured. */
  verify: z
    .strictObject({ figures: z.array(z.enum(watchedFigures)).min(1), afterS: z.int().min(5).max(600) })
    .optional(),
});
export const RunbookStep = z.discriminatedUnion("does", [ExplainStep, AskStep, ActStep]);
export type RunbookStep = z.infer<typeof RunbookStep>;
export type ActStep = z.infer<typeof ActStep>;

/** One runbook as its file says. */
export const Runbook = z.strictObject({
  slug: StepSlug,
  kind: z.enum(runbookKinds),
  owner: z.enum(runbookOwners),
  level: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  /** Rules of detection that lead here. */
  rules: z.array(StepSlug),
  title: Words,
  summary: Words,
  steps: z.array(RunbookStep).min(3),
});
export type Runbook = z.infer<typeof Runbook>;

/**
 * How far a step is. `acting`: written down, being done; `watching`: done, its figures are awaited; then `confirmed`, or
 * `reverting` and `reverted`. `failed`: it could not be done. `done`: read, answered, or an act that is not measured.
 */
export const stepStates = [
  "open",
  "acting",
  "watching",
  "confirmed",
  "done",
  "reverting",
  "reverted",
  "failed",
] as const;
export const StepState = z.enum(stepStates);
export type StepState = z.infer<typeof StepState>;

/** What the figures said; `unclear` where too little happened to tell. */
export const Verdict = z.enum(["better", "same", "worse", "unclear"]);
export type Verdict = z.infer<typeof Verdict>;

/** Whose orders figures count: buyers' alone, or those of simulated shoppers too where the incident is theirs. */
export const figureAudiences = ["buyers", "everybody"] as const;
export type FigureAudience = (typeof figureAudiences)[number];

/**
 * The shop as it does, over the last `windowS` seconds. Orders and payments are of `audience`; refusals and latency are
 * the shop's own, whoever asked.
 */
export const LiveFigures = z.object({
  windowS: z.number(),
  audience: z.enum(figureAudiences),
  placed: z.int(),
  paid: z.int(),
  refused: z.int(),
  /** Refused payments (`payment.*`). */
  paymentFailures: z.int(),
  /** Median of the seconds' 99th percentiles, in ms; null when nothing was ordered. */
  latencyP99Ms: z.number().nullable(),
  activeNodes: z.int(),
});
export type LiveFigures = z.infer<typeof LiveFigures>;

/** What a step takes beside its text: a channel, a node, a day. */
export const StepInput = z.strictObject({
  channel: z.enum(["wechat", "alipay"]).optional(),
  node: text(64).optional(),
  maxUnits: z.int().min(1).max(100).optional(),
  factor: z.number().gt(0).lt(1).optional(),
  shed: z.enum(["browse", "order"]).optional(),
  day: z.iso.date().optional(),
  thirdParty: Id.optional(),
});
export type StepInput = z.infer<typeof StepInput>;

/** What takes a deed back: the figures when they got worse, a person alone, or nothing. */
export const takenBackWays = ["by_itself", "by_hand", "never"] as const;
export const TakenBack = z.enum(takenBackWays);
export type TakenBack = z.infer<typeof TakenBack>;

/** What became of a step, its newest try. */
export const StepRun = z.object({
  state: StepState,
  by: z.string(),
  at: z.iso.datetime(),
  /** An answer to `ask`, or a note. */
  answer: z.string().nullable(),
  input: StepInput,
  /** What was said that it would do. */
  consequence: Words.nullable(),
  verifyAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  verdict: Verdict.nullable(),
  /** The outcome in words, with the figures. */
  outcome: Words.nullable(),
  before: LiveFigures.nullable(),
  after: LiveFigures.nullable(),
  /** Whether a person may take it back now. */
  revertible: z.boolean(),
  /** Null where the step does not act. */
  takenBack: TakenBack.nullable(),
});
export type StepRun = z.infer<typeof StepRun>;

/** One way in which an acting step may be done now. */
export const StepChoice = z.object({
  /** What it would be done with. */
  input: StepInput,
  /** What tells it from the others, such as a payment method; null where it is the only one. */
  label: Words.nullable(),
  /** What it would do, in words; null where it cannot be done. */
  consequence: Words.nullable(),
  /** Why it cannot be done now; null where it can. */
  obstacle: Words.nullable(),
  /** What could take it back; null where it cannot be done. */
  takenBack: TakenBack.nullable(),
});
export type StepChoice = z.infer<typeof StepChoice>;

export const RunStepView = z.object({
  step: RunbookStep,
  run: StepRun.nullable(),
  /** The ways to do it; none where it does not act, has been done, or there is nobody to call. */
  choices: z.array(StepChoice),
  /** Whom to call, with their contracts, where the step is a call. */
  thirdParties: z.array(ThirdParty),
});

/** An incident's runbook. `startedAt` null: nobody has executed a step yet, and the file's newest version is shown. */
export const RunbookRun = z.object({
  incidentId: Id,
  startedAt: z.iso.datetime().nullable(),
  runbook: Runbook.omit({ steps: true }),
  /** Runbooks that were begun for this incident, oldest first. */
  begun: z.array(z.object({ slug: StepSlug, title: Words })),
  steps: z.array(RunStepView),
  figures: LiveFigures,
});
export type RunbookRun = z.infer<typeof RunbookRun>;

export const RunStep = z.strictObject({
  /** Takes back what the step did. */
  revert: z.literal(true).optional(),
  answer: text(2_000).optional(),
  input: StepInput.default({}),
});
export type RunStep = z.infer<typeof RunStep>;

export const RunbookSummary = Runbook.omit({ steps: true }).extend({ steps: z.int() });
