import { z } from "zod";
import { Id } from "../ids.ts";
import { list } from "../list.ts";
import { type Route, route } from "../route.ts";
import type { Permission } from "./roles.ts";
import { ticketPaths } from "./ticket-paths.ts";
import {
  AddInternalNote,
  AssignTicket,
  OpenTicket,
  PrioritizeTicket,
  ReopenTicket,
  ReplyTicket,
  ResolveTicket,
  Ticket,
  TicketCounts,
  TicketRow,
  TicketSearch,
  TicketsQuery,
} from "./tickets.ts";

const params = z.object({ id: Id });
/** What buyers wrote is theirs: nobody on the way keeps it. */
const confidential = true;

export const ticketRoutes = {
  listTickets: route({
    path: ticketPaths.listTickets,
    summary: "The queue: the most urgent and of these the oldest first, filtered",
    query: TicketsQuery,
    reply: list(TicketRow),
    confidential,
  }),
  searchTickets: route({
    path: ticketPaths.searchTickets,
    summary: "Search tickets by anything, within the same filters",
    body: TicketSearch,
    reply: list(TicketRow),
    confidential,
  }),
  countTickets: route({
    path: ticketPaths.countTickets,
    summary: "How much waits, and how much of it for me",
    reply: TicketCounts,
  }),
  openTicket: route({
    path: ticketPaths.openTicket,
    summary: "Open a ticket by hand, about an order or about anything else",
    body: OpenTicket,
    reply: Ticket,
    status: 201,
    confidential,
  }),
  readTicket: route({
    path: ticketPaths.readTicket,
    summary: "One ticket with its thread, notes, deadlines, timeline and order",
    params,
    reply: Ticket,
    confidential,
  }),
  claimTicket: route({
    path: ticketPaths.claimTicket,
    summary: "Take a ticket that nobody has; refused beyond one's capacity",
    params,
    reply: Ticket,
    confidential,
  }),
  claimNextTicket: route({
    path: ticketPaths.claimNextTicket,
    summary: "Take the most urgent and oldest ticket that nobody has and that asks for no skill I lack",
    reply: z.object({ ticketId: Id.nullable() }),
  }),
  releaseTicket: route({
    path: ticketPaths.releaseTicket,
    summary: "Give one's ticket back to the queue",
    params,
    reply: Ticket,
    confidential,
  }),
  assignTicket: route({
    path: ticketPaths.assignTicket,
    summary: "Give a ticket to somebody, or back to the queue",
    params,
    body: AssignTicket,
    reply: Ticket,
    confidential,
  }),
  replyTicket: route({
    path: ticketPaths.replyTicket,
    summary: "Answer the buyer",
    params,
    body: ReplyTicket,
    reply: Ticket,
    confidential,
  }),
  addTicketNote: route({
    path: ticketPaths.addTicketNote,
    summary: "Tell other staff something; it never reaches the buyer",
    params,
    body: AddInternalNote,
    reply: Ticket,
    confidential,
  }),
  prioritizeTicket: route({
    path: ticketPaths.prioritizeTicket,
    summary: "Make a ticket more or less urgent; its deadlines follow",
    params,
    body: PrioritizeTicket,
    reply: Ticket,
    confidential,
  }),
  resolveTicket: route({
    path: ticketPaths.resolveTicket,
    summary: "Call it resolved, with a last word for the buyer or without one",
    params,
    body: ResolveTicket,
    reply: Ticket,
    confidential,
  }),
  reopenTicket: route({
    path: ticketPaths.reopenTicket,
    summary: "Open it again",
    params,
    body: ReopenTicket,
    reply: Ticket,
    confidential,
  }),
} satisfies Record<string, Route>;

export const ticketPermissions = {
  listTickets: "tickets.read",
  searchTickets: "tickets.read",
  countTickets: "tickets.read",
  openTicket: "tickets.act",
  readTicket: "tickets.read",
  claimTicket: "tickets.act",
  claimNextTicket: "tickets.act",
  releaseTicket: "tickets.act",
  assignTicket: "tickets.act",
  replyTicket: "tickets.answer",
  addTicketNote: "tickets.note",
  prioritizeTicket: "tickets.act",
  resolveTicket: "tickets.act",
  reopenTicket: "tickets.act",
} as const satisfies Record<keyof typeof ticketRoutes, Permission>;
