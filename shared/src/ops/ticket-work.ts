import { z } from "zod";
import { Id } from "../ids.ts";
import { Phone } from "../phone.ts";
import { text } from "../text.ts";
import { StaffOrder } from "./orders.ts";
import {
  callOutcomes,
  TicketCall,
  TicketHandoff,
  TicketPriority,
  TicketRow,
  TicketSearch,
  ticketTeams,
} from "./tickets.ts";

const Time = z.iso.datetime();

/** Offers a ticket to the other team; its state follows when they answer. */
export const HandoffTicket = z.strictObject({
  note: text(4_000),
  /** The other team, when absent. */
  to: z.enum(ticketTeams).optional(),
});
export type HandoffTicket = z.output<typeof HandoffTicket>;

/** Declining needs its reason. */
export const AnswerHandoff = z.discriminatedUnion("accept", [
  z.strictObject({ accept: z.literal(true) }),
  z.strictObject({ accept: z.literal(false), reason: text(2_000) }),
]);
export type AnswerHandoff = z.output<typeof AnswerHandoff>;

/** With the request id that a problem showed the buyer, its lines of the log come along. */
export const TicketContextQuery = z.strictObject({ requestId: text(100).optional() });

/** All that we know of a ticket's order, for whoever has to find out what is wrong with it. */
export const TicketContext = z.object({
  order: StaffOrder.nullable(),
  handoffs: z.array(TicketHandoff),
  /** What processes logged about the order, its payments and the requests that brought them, oldest first: warnings and worse. */
  logs: z.array(
    z.object({
      at: Time,
      node: z.string(),
      level: z.enum(["warn", "error", "fatal"]),
      requestId: z.string().nullable(),
      message: z.string(),
    }),
  ),
});
export type TicketContext = z.infer<typeof TicketContext>;

/** Contact data in clear is shown on request, with a reason that stays in the audit log. */
export const RevealContact = z.strictObject({ reason: text(500) });
export type RevealContact = z.output<typeof RevealContact>;
export const RevealedContact = z.object({
  phone: z.string().optional(),
  email: z.string().optional(),
  calls: z.array(z.object({ id: Id, phone: z.string() })),
});
export type RevealedContact = z.infer<typeof RevealedContact>;

/** Plans a call: the buyer's own phone, when none is given. */
export const PlanCall = z
  .strictObject({
    phone: Phone.optional(),
    bestFrom: Time.optional(),
    bestTo: Time.optional(),
    nextAt: Time.optional(),
  })
  .refine(({ bestFrom, bestTo }) => !bestFrom || !bestTo || bestFrom < bestTo, {
    path: ["bestTo"],
    message: "must be after bestFrom",
  });
export type PlanCall = z.output<typeof PlanCall>;

/** What came of trying. `nextAt`: when to try next, where nobody was reached; a while later, when absent. */
export const RecordCall = z.strictObject({
  outcome: z.enum(callOutcomes),
  note: text(2_000).optional(),
  nextAt: Time.optional(),
});
export type RecordCall = z.output<typeof RecordCall>;

export const CancelCall = z.strictObject({ reason: text(500) });
export type CancelCall = z.output<typeof CancelCall>;

/** A call that waits, with the ticket that it belongs to; the one to be made first comes first. */
export const CallTask = z.object({ call: TicketCall, ticket: TicketRow });
export type CallTask = z.infer<typeof CallTask>;

/** Closes this ticket in favour of another one of the same buyer's thread. */
export const MergeTicket = z.strictObject({ into: Id, reason: text(500).optional() });
export type MergeTicket = z.output<typeof MergeTicket>;

/** Makes a second ticket of one that speaks of two things. */
export const SplitTicket = z.strictObject({
  subject: text(200),
  note: text(4_000).optional(),
  priority: TicketPriority.optional(),
  /** Takes the new ticket oneself. */
  claim: z.boolean().default(false),
});
export type SplitTicket = z.output<typeof SplitTicket>;

/**
 * Tickets as a file, filtered like the list, oldest first. Without contact data, unless one may reveal it
 * and gives the reason. Notes and messages are never in it.
 */
export const ExportTickets = TicketSearch.omit({ cursor: true, limit: true, sort: true })
  .extend({
    format: z.enum(["csv", "ndjson"]).default("csv"),
    contacts: z.boolean().default(false),
    reason: text(500).optional(),
  })
  .refine(({ contacts, reason }) => !contacts || reason !== undefined, {
    path: ["reason"],
    message: "contact data needs a reason",
  });
export type ExportTickets = z.output<typeof ExportTickets>;

/** At most so many tickets are in one file; `isPartial` says that there are more. */
export const mostExported = 20_000;

export const TicketFile = z.object({
  fileName: z.string(),
  contentType: z.string(),
  content: z.string(),
  tickets: z.int(),
  isPartial: z.boolean(),
});
export type TicketFile = z.infer<typeof TicketFile>;
