import { z } from "zod";
import { Id } from "../ids.ts";
import { text } from "../text.ts";
import { languages, Words } from "../words.ts";
import { callReasons } from "./call-reasons.ts";
import { Sku } from "./catalog.ts";
import { Contact } from "./orders.ts";

/** `open`: the buyer waits for us; `answered`: we said something; `resolved`: we hold it to be settled. */
export const conversationStates = ["open", "answered", "resolved"] as const;
export const ConversationState = z.enum(conversationStates);
export type ConversationState = z.infer<typeof ConversationState>;

/** `progress`: news of the incident that struck the order; `outcome`: what became of it. */
export const messageKinds = ["message", "progress", "outcome"] as const;
export const messageAuthors = ["buyer", "staff", "system"] as const;

/** What buyer and shop say to each other. What staff say among themselves is no message and has no place here. */
export const SupportMessage = z.object({
  id: Id,
  at: z.iso.datetime(),
  author: z.enum(messageAuthors),
  kind: z.enum(messageKinds),
  /** In both languages where the shop wrote it by itself. */
  text: z.union([Words, z.string()]),
});
export type SupportMessage = z.infer<typeof SupportMessage>;

/** The thread of one order as its buyer sees it; `state` is null while nobody has said anything. */
export const Conversation = z.object({
  state: ConversationState.nullable(),
  messages: z.array(SupportMessage),
  /** The call that the buyer asked for. */
  call: z
    .object({
      /** Masked: `138****5678`. */
      phone: z.string(),
      bestFrom: z.iso.datetime().nullable(),
      bestTo: z.iso.datetime().nullable(),
      askedAt: z.iso.datetime(),
    })
    .nullable(),
  /** The buyer's stars, 1 to 5. */
  rating: z.int().nullable(),
  /** Only what was answered can be rated. */
  mayRate: z.boolean(),
});
export type Conversation = z.infer<typeof Conversation>;

/** A thread as its buyer takes it away: all that was said, the call they wished for in clear, their stars. */
export const ExportedThread = z.object({
  /** Null for a wish to be called where no order could be made. */
  orderId: Id.nullable(),
  sku: Sku.nullable(),
  begunAt: z.iso.datetime(),
  messages: z.array(SupportMessage.omit({ id: true })),
  call: z
    .object({
      phone: z.string(),
      bestFrom: z.iso.datetime().nullable(),
      bestTo: z.iso.datetime().nullable(),
      note: z.string().nullable(),
      askedAt: z.iso.datetime(),
    })
    .nullable(),
  rating: z.int().nullable(),
  ratingNote: z.string().nullable(),
});
export type ExportedThread = z.infer<typeof ExportedThread>;

const language = z.enum(languages).default("zh-CN");

export const WriteMessage = z.strictObject({
  text: text(2_000),
  language,
  /** The caller's own id of the message: repeated, it stands once. */
  messageId: Id.optional(),
});
export type WriteMessage = z.output<typeof WriteMessage>;

const callFields = {
  phone: Contact.shape.phone.unwrap(),
  bestFrom: z.iso.datetime().optional(),
  bestTo: z.iso.datetime().optional(),
  note: text(500).optional(),
  language,
};
const inOrder = ({ bestFrom, bestTo }: { bestFrom?: string | undefined; bestTo?: string | undefined }) =>
  bestFrom === undefined || bestTo === undefined || bestFrom < bestTo;
const notInOrder = { path: ["bestTo"], message: "later than bestFrom" };

export const AskForCall = z.strictObject(callFields).refine(inOrder, notInOrder);
export type AskForCall = z.output<typeof AskForCall>;

/** Where no order could be made; `code` is why, as the shop said it. */
export const AskForCallWithoutOrder = z
  .strictObject({
    ...callFields,
    sku: Sku.optional(),
    quantity: z.int().min(1).max(100).optional(),
    code: z.enum(callReasons).optional(),
  })
  .refine(inOrder, notInOrder);
export type AskForCallWithoutOrder = z.output<typeof AskForCallWithoutOrder>;

export const RateAnswer = z.strictObject({ stars: z.int().min(1).max(5), note: text(500).optional() });
export type RateAnswer = z.output<typeof RateAnswer>;

export const CorrectAccount = z.strictObject({ rechargeAccount: text(64) });
