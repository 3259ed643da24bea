// Written out, since the contract's own lists would bring its schemas into the browser.
import type { TicketCall, TicketCause, TicketPriority, TicketState } from "@orderwatch/shared/ops/tickets.ts";

/** Whoever still waits first. */
export const ticketStates = [
  "new",
  "open",
  "waiting_buyer",
  "waiting_engineering",
  "resolved",
  "closed",
] as const satisfies readonly TicketState[];

export const callOutcomes = [
  "reached",
  "no_answer",
  "busy",
  "wrong_number",
  "call_later",
] as const satisfies readonly TicketCall["attempts"][number]["outcome"][];

export const ticketCauses = [
  "delivery_failed",
  "payment_problem",
  "risk_review",
  "reconciliation",
  "buyer",
  "call_back",
  "staff",
] as const satisfies readonly TicketCause[];

/** Urgent first. */
export const priorities = [1, 2, 3, 4] as const satisfies readonly TicketPriority[];
