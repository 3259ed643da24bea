import { z } from "zod";
import { Id } from "../ids.ts";
import { page } from "../list.ts";
import { Origin, origins, Tender } from "../shop/orders.ts";
import { text } from "../text.ts";
import { languages, Words } from "../words.ts";
import { AlertLevel, Facts } from "./detection.ts";
import { IncidentState, Person } from "./incidents.ts";
import { OrderRow } from "./orders.ts";

/** new → open → waiting_buyer | waiting_engineering → resolved → closed; whoever is not satisfied opens it again. */
export const ticketStates = [
  "new",
  "open",
  "waiting_buyer",
  "waiting_engineering",
  "resolved",
  "closed",
] as const;
export const TicketState = z.enum(ticketStates);
export type TicketState = z.infer<typeof TicketState>;

/** States in which somebody still has something to do. */
export const openTicketStates = [
  "new",
  "open",
  "waiting_buyer",
  "waiting_engineering",
] as const satisfies readonly TicketState[];

export const ticketCauses = [
  "delivery_failed",
  "payment_problem",
  "risk_review",
  "reconciliation",
  "buyer",
  "call_back",
  "staff",
] as const;
export const TicketCause = z.enum(ticketCauses);
export type TicketCause = z.infer<typeof TicketCause>;

export const ticketTeams = ["support", "engineering"] as const;
export const TicketTeam = z.enum(ticketTeams);
export type TicketTeam = z.infer<typeof TicketTeam>;

/** 1 urgent, 2 high, 3 normal, 4 low. */
export const TicketPriority = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]);
export type TicketPriority = z.infer<typeof TicketPriority>;

export const ticketClockKinds = ["first_response", "next_response", "resolution"] as const;
export const TicketClockKind = z.enum(ticketClockKinds);
export type TicketClockKind = z.infer<typeof TicketClockKind>;

const Time = z.iso.datetime();

/** One of a ticket's deadlines. While it pauses there is no `dueAt`, only what is left of its time. */
export const TicketClock = z.object({
  kind: TicketClockKind,
  /** Null while it pauses, or before anything is waited for. */
  dueAt: Time.nullable(),
  /** Working time that is left while it pauses, in ms. */
  leftMs: z.int().nullable(),
  metAt: Time.nullable(),
  /** True from the moment that it passed unmet. */
  missed: z.boolean(),
});
export type TicketClock = z.infer<typeof TicketClock>;

export const handoffStates = ["offered", "accepted", "declined", "timed_out", "withdrawn"] as const;

/** A ticket offered to the other team, and what became of that. */
export const TicketHandoff = z.object({
  id: Id,
  from: TicketTeam,
  to: TicketTeam,
  state: z.enum(handoffStates),
  note: z.string(),
  offeredBy: Person,
  offeredAt: Time,
  /** When it goes back to the queue by itself. */
  dueAt: Time,
  answeredBy: Person.nullable(),
  answeredAt: Time.nullable(),
  /** Why it was declined. */
  reason: z.string().nullable(),
});
export type TicketHandoff = z.infer<typeof TicketHandoff>;

/** A ticket as lists show it: nothing of the buyer's contact, nothing of what was written. */
export const TicketRow = z.object({
  id: Id,
  /** 1, 2, 3 …: what people call it by. */
  number: z.int(),
  cause: TicketCause,
  subject: Words,
  state: TicketState,
  priority: TicketPriority,
  team: TicketTeam,
  origin: Origin,
  language: z.enum(languages),
  conversationId: Id.nullable(),
  orderId: Id.nullable(),
  sku: z.string().nullable(),
  channel: Tender.nullable(),
  /** Failure code of the order or of the conversation. */
  code: z.string().nullable(),
  skills: z.array(z.string()),
  assignee: Person.nullable(),
  assignedAt: Time.nullable(),
  incident: z.object({ id: Id, number: z.int() }).nullable(),
  mergedInto: Id.nullable(),
  splitFrom: Id.nullable(),
  /** Whether the buyer waits for an answer to what they wrote or to what happened. */
  unanswered: z.boolean(),
  clocks: z.array(TicketClock),
  /** The next deadline that runs. */
  nextDueAt: Time.nullable(),
  /** The offer that waits for an answer. */
  handoff: TicketHandoff.nullable(),
  reopened: z.int(),
  /** The buyer's stars, 1 to 5. */
  rating: z.int().nullable(),
  openedAt: Time,
  changedAt: Time,
  resolvedAt: Time.nullable(),
  closedAt: Time.nullable(),
  /** Grows with each change; of two views of one ticket the larger is the newer. */
  revision: z.int(),
});
export type TicketRow = z.infer<typeof TicketRow>;

/** One message of the thread, which the buyer reads as well. */
export const TicketMessage = z.object({
  id: Id,
  at: Time,
  author: z.enum(["buyer", "staff", "system"]),
  kind: z.enum(["message", "progress", "outcome"]),
  /** Words where the server wrote it, a plain text where a person did. */
  text: z.union([Words, z.string()]),
});
export type TicketMessage = z.infer<typeof TicketMessage>;

/** What staff tell each other. A type of its own: nothing that reaches buyers takes one. */
export const InternalNote = z.object({
  internal: z.literal(true),
  id: Id,
  at: Time,
  by: Person,
  text: z.string(),
});
export type InternalNote = z.infer<typeof InternalNote>;

/** One entry of the timeline; entries are never changed. No message, no note and no contact stands in it. */
export const TicketEvent = z.object({
  id: Id,
  at: Time,
  /** `opened`, `claimed`, `assigned`, `released`, `replied`, `buyer_wrote`, `state_changed`, `reopened`, `due_missed`, … */
  type: z.string(),
  by: Person.nullable(),
  facts: Facts,
});
export type TicketEvent = z.infer<typeof TicketEvent>;

export const callOutcomes = ["reached", "no_answer", "busy", "wrong_number", "call_later"] as const;

/** Somebody wants to be called, or should be. */
export const TicketCall = z.object({
  id: Id,
  state: z.enum(["open", "done", "cancelled"]),
  /** Masked, as all contact data. */
  phone: z.string(),
  /** When the buyer likes to be called. */
  bestFrom: Time.nullable(),
  bestTo: Time.nullable(),
  /** When to try next. */
  nextAt: Time.nullable(),
  /** What the buyer wants to be known before. */
  note: z.string().nullable(),
  attempts: z.array(
    z.object({ at: Time, by: Person, outcome: z.enum(callOutcomes), note: z.string().nullable() }),
  ),
  createdAt: Time,
});
export type TicketCall = z.infer<typeof TicketCall>;

export const Ticket = TicketRow.extend({
  /** Masked: `138****5678`, `a***@example.com`. */
  contact: z.object({ phone: z.string().optional(), email: z.string().optional() }),
  /** What the buyer said with their stars. */
  ratingNote: z.string().nullable(),
  /** Oldest first, all of them. */
  thread: z.array(TicketMessage),
  /** Grows with what the buyer does in the thread; whoever answers names it. */
  threadRevision: z.int(),
  notes: z.array(InternalNote),
  timeline: z.array(TicketEvent),
  /** Newest first. */
  handoffs: z.array(TicketHandoff),
  calls: z.array(TicketCall),
  order: OrderRow.nullable(),
  incidentDetail: z
    .object({ id: Id, number: z.int(), level: AlertLevel, state: IncidentState, title: Words })
    .nullable(),
  /** Other tickets of this order or conversation. */
  related: z.array(z.object({ id: Id, number: z.int(), cause: TicketCause, state: TicketState })),
  /** States that it may be moved to now. */
  transitions: z.array(TicketState),
});
export type Ticket = z.infer<typeof Ticket>;

const filters = {
  state: z.union([z.enum(["active", "ended"]), TicketState]).optional(),
  cause: TicketCause.optional(),
  team: TicketTeam.optional(),
  /** A person's id, `me` or `nobody`. */
  assignee: text(100).optional(),
  priority: TicketPriority.optional(),
  sku: text(64).optional(),
  code: text(64).optional(),
  orderId: Id.optional(),
  incidentId: Id.optional(),
  origin: z.enum(origins).optional(),
  sort: z.enum(["queue", "due", "newest"]).default("queue"),
};

/**
 * `sort`: `queue` is the most urgent and of these the oldest first, `newest` the other way, `due` what is due next. What
 * somebody typed may be a phone and never stands in an address: it is searched for by `POST /api/tickets/search`.
 */
export const TicketsQuery = z.strictObject({
  ...page,
  ...filters,
  priority: z.coerce.number().pipe(TicketPriority).optional(),
  q: z.never("is searched for by POST /api/tickets/search").optional(),
});
export type TicketsQuery = z.output<typeof TicketsQuery>;

/** The list's filters, and `q`: a number (`#12`), an order id, a phone or its last 4 digits, an e-mail, an SKU or a failure code. */
export const TicketSearch = z.strictObject({
  ...filters,
  q: text(254).optional(),
  cursor: page.cursor,
  limit: z.int().min(1).max(200).default(50),
});
export type TicketSearch = z.output<typeof TicketSearch>;

/** What waits, of buyers and shoppers alike, for badges: each counted up to 1,000. */
export const TicketCounts = z.object({
  active: z.int(),
  unowned: z.int(),
  mine: z.int(),
  /** Mine in which the buyer waits for an answer. */
  mineUnanswered: z.int(),
  /** Past a deadline. */
  overdue: z.int(),
  /** Offered to engineering and not answered yet. */
  offered: z.int(),
});
export type TicketCounts = z.infer<typeof TicketCounts>;

/** By staff, from anywhere: about an order, or about nothing that we know. */
export const OpenTicket = z.strictObject({
  orderId: Id.optional(),
  subject: text(200),
  note: text(4_000).optional(),
  priority: TicketPriority.optional(),
  sku: text(64).optional(),
});
export type OpenTicket = z.output<typeof OpenTicket>;

/** Null gives it back to the queue. The note is for other staff. */
export const AssignTicket = z.strictObject({ staffId: text(100).nullable(), note: text(2_000).optional() });
export type AssignTicket = z.output<typeof AssignTicket>;

/** What whoever answers had before them. */
export const beforeAnswering = {
  /**
   * The ticket's `threadRevision` as it was read: refused if the buyer has written since. Without it everything that the buyer
   * has written counts as read.
   */
  threadRevision: z.int().nonnegative().optional(),
};

/** What the buyer reads. `thenState` is what it waits for afterwards: the buyer, when nothing is said. */
export const ReplyTicket = z.strictObject({
  ...beforeAnswering,
  text: text(4_000),
  thenState: z.enum(["open", "waiting_buyer", "resolved"]).default("waiting_buyer"),
  /** The caller's own id of the message: repeated, it is sent once. */
  messageId: Id.optional(),
  /** Opens a ticket again that has ended; without it that is refused. */
  reopen: z.boolean().optional(),
});
export type ReplyTicket = z.output<typeof ReplyTicket>;

export const AddInternalNote = z.strictObject({ text: text(4_000) });

/** With a last word for the buyer, or without one. */
export const ResolveTicket = z.strictObject({
  ...beforeAnswering,
  text: text(4_000).optional(),
  reason: text(500).optional(),
});
export type ResolveTicket = z.output<typeof ResolveTicket>;

export const ReopenTicket = z.strictObject({ reason: text(500) });
/** The reason is a note for other staff. */
export const PrioritizeTicket = z.strictObject({ priority: TicketPriority, reason: text(2_000).optional() });
export type PrioritizeTicket = z.output<typeof PrioritizeTicket>;
