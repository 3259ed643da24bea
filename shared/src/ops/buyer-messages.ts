import { z } from "zod";
import { Id } from "../ids.ts";
import { publicWords } from "../shop/status.ts";
import { text } from "../text.ts";
import { Words } from "../words.ts";
import { Person } from "./incidents.ts";

/** A message to the buyers of an incident's affected orders, as staff see it. */
export const BuyerMessage = z.object({
  id: Id,
  incidentId: Id,
  /** `all_clear` goes by itself, when the incident has ended, to exactly those whom `trouble` reached. */
  kind: z.enum(["trouble", "all_clear"]),
  /** `proposed`: somebody else than its author has yet to approve it; `sent`: it goes to whoever is affected. */
  state: z.enum(["proposed", "sent", "withdrawn"]),
  title: Words,
  text: Words,
  needsApproval: z.boolean(),
  /** Null for the all-clear, which nobody has to write. */
  author: Person.nullable(),
  decider: Person.nullable(),
  /** Why one person decided alone at level 1; null where two did, or one was enough. */
  reason: z.string().nullable(),
  proposedAt: z.iso.datetime(),
  sentAt: z.iso.datetime().nullable(),
  /** When nothing of it was under way any more; null while more buyers may be told. */
  settledAt: z.iso.datetime().nullable(),
  /** Buyers whom it was meant for, and how far their messages are. */
  buyers: z.int(),
  outcome: z.object({
    queued: z.int(),
    sending: z.int(),
    sent: z.int(),
    delivered: z.int(),
    exhausted: z.int(),
  }),
});
export type BuyerMessage = z.infer<typeof BuyerMessage>;

/** What telling the buyers would do now. */
export const BuyerDraft = z.object({
  title: Words,
  text: Words,
  /** Buyers of affected orders who left a contact, and by what they are told. */
  reach: z.object({ buyers: z.int(), sms: z.int(), email: z.int() }),
  needsApproval: z.boolean(),
  /** Nobody else may approve: its author may do so alone, with a reason, unless another person has the command. */
  mayApproveAlone: z.boolean(),
  /** Why they cannot be told now; null where they can. */
  obstacle: Words.nullable(),
});
export type BuyerDraft = z.infer<typeof BuyerDraft>;

/** Short enough for two text messages. */
export const ProposeBuyerMessage = z.strictObject({ title: publicWords(40), text: publicWords(300) });
export type ProposeBuyerMessage = z.output<typeof ProposeBuyerMessage>;

export const ApproveBuyerMessage = z.strictObject({
  /** Needed where the author approves, since nobody else can. */
  reason: text(500).optional(),
});
