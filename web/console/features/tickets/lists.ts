// Written out, since the contract's own lists would bring its schemas into the browser.
import type { TicketCall, TicketState } from "@orderwatch/shared/ops/tickets.ts";

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
