import { z } from "zod";
import { Id } from "../ids.ts";
import { list, page } from "../list.ts";
import { type Route, route } from "../route.ts";
import { text } from "../text.ts";
import { AnswerPreview, AnswerSummary, AnswersQuery, PreviewAnswer, SendAnswer } from "./answers.ts";
import type { Permission } from "./roles.ts";
import { Agent, ChangeAgent, ChangeSupportPolicy, NewSupportPolicy, SupportPolicy } from "./ticket-team.ts";
import {
  AnswerHandoff,
  CallTask,
  CancelCall,
  ExportTickets,
  HandoffTicket,
  MergeTicket,
  PlanCall,
  RecordCall,
  RevealContact,
  RevealedContact,
  SplitTicket,
  TicketContext,
  TicketContextQuery,
  TicketFile,
} from "./ticket-work.ts";
import { ticketWorkPaths } from "./ticket-work-paths.ts";
import { Ticket } from "./tickets.ts";

const params = z.object({ id: Id });
const callParams = z.object({ id: Id, callId: Id });
const confidential = true;

export const ticketWorkRoutes = {
  listAnswers: route({
    path: ticketWorkPaths.listAnswers,
    summary: "Ready answers, those that fit a ticket first, with how they did",
    query: AnswersQuery,
    reply: list(AnswerSummary),
  }),
  previewAnswer: route({
    path: ticketWorkPaths.previewAnswer,
    summary: "A ready answer filled in for this ticket, and what it would do",
    params,
    body: PreviewAnswer,
    reply: AnswerPreview,
    confidential,
  }),
  sendAnswer: route({
    path: ticketWorkPaths.sendAnswer,
    summary: "Send a ready answer and do what it does, both or neither",
    params,
    body: SendAnswer,
    reply: Ticket,
    confidential,
  }),
  handoffTicket: route({
    path: ticketWorkPaths.handoffTicket,
    summary: "Offer a ticket to the other team; unanswered it goes back to the queue",
    params,
    body: HandoffTicket,
    reply: Ticket,
    confidential,
  }),
  answerHandoff: route({
    path: ticketWorkPaths.answerHandoff,
    summary: "Accept what the other team offers, or decline it with a reason",
    params,
    body: AnswerHandoff,
    reply: Ticket,
    confidential,
  }),
  withdrawHandoff: route({
    path: ticketWorkPaths.withdrawHandoff,
    summary: "Take an offer back",
    params,
    reply: Ticket,
    confidential,
  }),
  readTicketContext: route({
    path: ticketWorkPaths.readTicketContext,
    summary: "All that is known of a ticket's order, for whoever finds out what is wrong with it",
    params,
    query: TicketContextQuery,
    reply: TicketContext,
    confidential,
  }),
  revealContact: route({
    path: ticketWorkPaths.revealContact,
    summary: "The buyer's contact data in clear, for a reason that is kept in the audit log",
    params,
    body: RevealContact,
    reply: RevealedContact,
    confidential,
  }),
  listCalls: route({
    path: ticketWorkPaths.listCalls,
    summary: "Calls that wait, the one to be made first before others",
    query: z.strictObject(page),
    reply: list(CallTask),
    confidential,
  }),
  planCall: route({
    path: ticketWorkPaths.planCall,
    summary: "Plan a call to the buyer",
    params,
    body: PlanCall,
    reply: Ticket,
    status: 201,
    confidential,
  }),
  recordCall: route({
    path: ticketWorkPaths.recordCall,
    summary: "Say what came of a call; nobody reached, it is tried again",
    params: callParams,
    body: RecordCall,
    reply: Ticket,
    confidential,
  }),
  cancelCall: route({
    path: ticketWorkPaths.cancelCall,
    summary: "Call off a call",
    params: callParams,
    body: CancelCall,
    reply: Ticket,
    confidential,
  }),
  mergeTicket: route({
    path: ticketWorkPaths.mergeTicket,
    summary: "Close a ticket in favour of another one about the same; deadlines of both hold",
    params,
    body: MergeTicket,
    reply: Ticket,
    confidential,
  }),
  splitTicket: route({
    path: ticketWorkPaths.splitTicket,
    summary: "Make a second ticket of one that speaks of two things",
    params,
    body: SplitTicket,
    reply: Ticket,
    status: 201,
    confidential,
  }),
  exportTickets: route({
    path: ticketWorkPaths.exportTickets,
    summary: "Tickets as a CSV or NDJSON file",
    body: ExportTickets,
    reply: TicketFile,
    confidential,
  }),
  listAgents: route({
    path: ticketWorkPaths.listAgents,
    summary: "Who works on tickets: how many they have and may have, their skills, and who is away",
    reply: list(Agent),
  }),
  changeAgent: route({
    path: ticketWorkPaths.changeAgent,
    summary: "Change how somebody works on tickets; for oneself, being away and getting tickets unasked",
    params: z.object({ id: text(100) }),
    body: ChangeAgent,
    reply: Agent,
  }),
  listSupportPolicies: route({
    path: ticketWorkPaths.listSupportPolicies,
    summary: "What tickets promise, and when support works",
    reply: list(SupportPolicy),
  }),
  createSupportPolicy: route({
    path: ticketWorkPaths.createSupportPolicy,
    summary: "Add a policy for some causes",
    body: NewSupportPolicy,
    reply: SupportPolicy,
    status: 201,
  }),
  changeSupportPolicy: route({
    path: ticketWorkPaths.changeSupportPolicy,
    summary: "Write a policy anew; tickets that are open keep the one that they were opened under",
    params,
    body: ChangeSupportPolicy,
    reply: SupportPolicy,
  }),
  deleteSupportPolicy: route({
    path: ticketWorkPaths.deleteSupportPolicy,
    summary: "Remove a policy; its causes are then under the one for all others",
    params,
    reply: z.void(),
    status: 204,
  }),
} satisfies Record<string, Route>;

export const ticketWorkPermissions = {
  listAnswers: "tickets.read",
  previewAnswer: "tickets.answer",
  sendAnswer: "tickets.answer",
  handoffTicket: "tickets.note",
  answerHandoff: "tickets.note",
  withdrawHandoff: "tickets.note",
  readTicketContext: "tickets.read",
  revealContact: "tickets.reveal",
  listCalls: "tickets.read",
  planCall: "tickets.act",
  recordCall: "tickets.act",
  cancelCall: "tickets.act",
  mergeTicket: "tickets.act",
  splitTicket: "tickets.act",
  exportTickets: "tickets.act",
  listAgents: "tickets.read",
  changeAgent: "tickets.note",
  listSupportPolicies: "tickets.read",
  createSupportPolicy: "tickets.settings",
  changeSupportPolicy: "tickets.settings",
  deleteSupportPolicy: "tickets.settings",
} as const satisfies Record<keyof typeof ticketWorkRoutes, Permission>;
