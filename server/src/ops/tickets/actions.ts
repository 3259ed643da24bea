import type { Ticket, TicketCounts } from "@orderwatch/shared/ops/tickets.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { TicketContext } from "./change-actions.ts";
import * as list from "./list-store.ts";
import * as store from "./store.ts";
import { toTicket } from "./views-actions.ts";

export {
  assign,
  assignWaiting,
  type ByPerson,
  claim,
  claimNext,
  release,
  releaseAbandoned,
} from "./assign-actions.ts";
export {
  applyChange,
  lockTicket,
  type TicketContext,
  type TicketHooks,
  type TicketRecord,
} from "./change-actions.ts";
export { isActive } from "./domain.ts";
export { listChanged, listTickets, readRows } from "./list-actions.ts";
export { openDue, takeNews } from "./opener-actions.ts";
export {
  addNote,
  type ByRole,
  openByHand,
  prioritize,
  reopen,
  reply,
  resolve,
} from "./staff-actions.ts";
export { ticketedOrders } from "./store.ts";
export { pageUnowned, sweepTickets } from "./sweep-actions.ts";

/** Its row. Throws `ticket.not_found`. */
export async function ticketById({ db }: Pick<TicketContext, "db">, id: string): Promise<store.TicketRecord> {
  const row = await store.read(db.sql, id);
  if (!row) throw new DomainError("ticket.not_found", `No ticket ${id}`);
  return row;
}

/** Throws `ticket.not_found`. */
export async function readTicket(
  context: Pick<TicketContext, "db" | "keys" | "log">,
  id: string,
): Promise<Ticket> {
  return await toTicket(context, await ticketById(context, id));
}

export async function countTickets(
  { db, clock }: Pick<TicketContext, "db" | "clock">,
  userId: string,
): Promise<TicketCounts> {
  return await list.count(db.sql, userId, clock.now());
}
