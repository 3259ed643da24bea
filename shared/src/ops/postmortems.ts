import { z } from "zod";
import { Id } from "../ids.ts";
import { Fen } from "../money.ts";
import { isStorable, text } from "../text.ts";
import { Words } from "../words.ts";
import { AlertLevel } from "./detection.ts";
import { Deadline, Person, TimelineEntry } from "./incidents.ts";

/** Of `count` incidents with both moments known: mean and median, in milliseconds; null without any. */
export const ResponseFigure = z.object({
  count: z.int(),
  meanMs: z.number().nullable(),
  medianMs: z.number().nullable(),
});
export type ResponseFigure = z.infer<typeof ResponseFigure>;

export const LevelFigures = z.object({
  level: AlertLevel,
  incidents: z.int(),
  /** Mean time to detect: from the trouble's beginning to its detection. */
  mttd: ResponseFigure,
  /** To acknowledge: from detection to the first person. */
  mtta: ResponseFigure,
  /** To mitigate: from detection until buyers no longer suffer. */
  mttm: ResponseFigure,
  /** To resolve: from detection to the end. */
  mttr: ResponseFigure,
  deadlines: z.object({ met: z.int(), missed: z.int() }),
});
export type LevelFigures = z.infer<typeof LevelFigures>;

export const IncidentFigures = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  levels: z.array(LevelFigures),
  /** Left out: drills, duplicates, false alarms, and what struck simulated orders alone. */
  excluded: z.int(),
});
export type IncidentFigures = z.infer<typeof IncidentFigures>;

export const PostmortemAction = z.strictObject({
  what: text(500),
  owner: text(100),
  dueOn: z.iso.date(),
  done: z.boolean().default(false),
});
export type PostmortemAction = z.output<typeof PostmortemAction>;

/** What people write; everything else is assembled from the timeline each time, so that corrections show. */
export const EditPostmortem = z.strictObject({
  summary: z
    .string()
    .trim()
    .max(8_000)
    .refine(isStorable, { message: "must not contain NUL or broken characters" }),
  factors: z.array(text(1_000)).max(30),
  actions: z.array(PostmortemAction).max(50),
  state: z.enum(["draft", "published"]),
  /** The revision that was edited; another one in between is a conflict. */
  revision: z.int().min(0),
});
export type EditPostmortem = z.output<typeof EditPostmortem>;

export const PostmortemTimes = z.object({
  startedAt: z.iso.datetime(),
  detectedAt: z.iso.datetime(),
  acknowledgedAt: z.iso.datetime().nullable(),
  mitigatedAt: z.iso.datetime().nullable(),
  resolvedAt: z.iso.datetime().nullable(),
  detectMs: z.number(),
  acknowledgeMs: z.number().nullable(),
  mitigateMs: z.number().nullable(),
  resolveMs: z.number().nullable(),
});
export type PostmortemTimes = z.infer<typeof PostmortemTimes>;

/** Buyers' orders alone. */
export const PostmortemImpact = z.object({
  orders: z.int(),
  amountFen: Fen,
  delivered: z.int(),
  refunded: z.int(),
  refundedFen: Fen,
  waived: z.int(),
});
export type PostmortemImpact = z.infer<typeof PostmortemImpact>;

export const Postmortem = z.object({
  incidentId: Id,
  number: z.int(),
  level: AlertLevel,
  title: Words,
  state: z.enum(["draft", "published"]),
  /** 0 until somebody has written in it. */
  revision: z.int(),
  summary: z.string(),
  timeline: z.array(TimelineEntry),
  impact: PostmortemImpact,
  times: PostmortemTimes,
  /** The level's targets. */
  deadlines: z.array(Deadline),
  factors: z.array(z.string()),
  actions: z.array(PostmortemAction),
  changedBy: Person.nullable(),
  changedAt: z.iso.datetime().nullable(),
  publishedAt: z.iso.datetime().nullable(),
  /** The whole as Markdown, in the language that was asked for. */
  markdown: z.string(),
});
export type Postmortem = z.infer<typeof Postmortem>;
