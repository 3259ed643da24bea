import { z } from "zod";
import { Id } from "../ids.ts";
import { failureCodes } from "../problem.ts";
import { text } from "../text.ts";
import { languages, Words } from "../words.ts";
import { beforeAnswering, TicketCause } from "./tickets.ts";

const Slug = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "lower-case words with hyphens");
const InputName = z.string().regex(/^[a-z][A-Za-z0-9]{0,29}$/, "a name such as `backAt`");

/** What an answer does besides being said; each is the ordinary repair, refused where the repair would be. */
export const answerDeeds = ["refund", "redeliver", "switch_payment", "restock_notice"] as const;
export const AnswerDeed = z.enum(answerDeeds);
export type AnswerDeed = z.infer<typeof AnswerDeed>;

/** Something that whoever sends the answer fills in. `yuan` is an amount such as `12.50`. */
export const AnswerInput = z.strictObject({
  name: InputName,
  label: Words,
  kind: z.enum(["text", "time", "number", "yuan", "choice"]),
  /** For a choice: what may be chosen, each with what the buyer then reads. */
  options: z
    .array(z.strictObject({ value: InputName, label: Words }))
    .min(2)
    .max(10)
    .optional(),
});
export type AnswerInput = z.infer<typeof AnswerInput>;

/** A ready answer as its file says it. `use: call` is what to say on the phone; it is read out, never sent. */
export const Answer = z.strictObject({
  slug: Slug,
  title: Words,
  use: z.enum(["message", "call"]).default("message"),
  /** Tickets that it fits: of any of these causes or failure codes. */
  causes: z.array(TicketCause).default([]),
  codes: z.array(z.enum(failureCodes)).default([]),
  inputs: z.array(AnswerInput).max(8).default([]),
  does: AnswerDeed.optional(),
  /** What the ticket waits for afterwards. */
  thenState: z.enum(["open", "waiting_buyer", "resolved"]).default("waiting_buyer"),
  text: Words,
});
export type Answer = z.output<typeof Answer>;

/** How an answer did: of `settled` uses (a week old, or rated), `succeeded` ended the matter. Buyers' tickets only. */
export const AnswerFigures = z.object({
  uses: z.int(),
  settled: z.int(),
  succeeded: z.int(),
  /** Mean of the buyers' stars, 1 to 5; null without any. */
  rating: z.number().nullable(),
  ratings: z.int(),
});
export type AnswerFigures = z.infer<typeof AnswerFigures>;

/** `fits`: made for the ticket that was asked about; those come first. */
export const AnswerSummary = Answer.extend({ fits: z.boolean(), figures: AnswerFigures });
export type AnswerSummary = z.infer<typeof AnswerSummary>;

export const AnswersQuery = z.strictObject({ ticketId: Id.optional() });

const Inputs = z.record(InputName, text(500)).default({});

export const PreviewAnswer = z.strictObject({
  answer: Slug,
  inputs: Inputs,
  /** The ticket's own language when absent. */
  language: z.enum(languages).optional(),
});
export type PreviewAnswer = z.output<typeof PreviewAnswer>;

/** The filled text. What could not be filled stands in `missing` and shows as `____`; such an answer cannot be sent. */
export const AnswerPreview = z.object({
  text: z.string(),
  missing: z.array(z.string()),
  language: z.enum(languages),
  deed: z
    .object({
      kind: AnswerDeed,
      /** What will happen, for whoever is about to cause it. */
      consequence: Words,
      /** Why it cannot be done now; null where it can. */
      obstacle: Words.nullable(),
    })
    .nullable(),
});
export type AnswerPreview = z.infer<typeof AnswerPreview>;

/**
 * Sends an answer, and does what it does, both or neither. `text` is the filled text as it was edited; as filled when
 * absent. The same `messageId` again changes nothing.
 */
export const SendAnswer = PreviewAnswer.extend({
  text: text(4_000).optional(),
  thenState: z.enum(["open", "waiting_buyer", "resolved"]).optional(),
  messageId: Id.optional(),
  ...beforeAnswering,
  /** Opens a ticket again that has ended; without it that is refused. */
  reopen: z.boolean().optional(),
});
export type SendAnswer = z.output<typeof SendAnswer>;
