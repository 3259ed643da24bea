import type { CancelCall, PlanCall, RecordCall } from "@orderwatch/shared/ops/ticket-work.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { ByPerson } from "./assign-actions.ts";
import { afterCall } from "./call-domain.ts";
import * as store from "./call-store.ts";
import { applyChange, lockTicket, type TicketContext } from "./change-actions.ts";
import { contactOfTicket } from "./contact-actions.ts";
import { isActive } from "./domain.ts";
import { writeNote } from "./note-actions.ts";
import { sealedAs } from "./sealing.ts";

const toDate = (time: string | undefined): Date | null => (time === undefined ? null : new Date(time));

/**
 * Plans a call, to the buyer's own phone where none is given. Throws `ticket.not_found`, `ticket.conflict` for a ticket
 * that has ended, and `ticket.no_buyer` where no phone is known.
 */
export async function planCall(
  context: TicketContext,
  by: ByPerson,
  ticketId: string,
  wanted: PlanCall,
): Promise<void> {
  await context.db.transaction(async (sql) => {
    const ticket = await lockTicket(sql, ticketId);
    if (!isActive(ticket.state)) throw new DomainError("ticket.conflict", "The ticket has ended");
    const phone = wanted.phone ?? (await contactOfTicket(context, sql, ticket)).phone;
    if (phone === undefined) throw new DomainError("ticket.no_buyer", "No phone of the buyer is known");
    const id = context.newId();
    const now = context.clock.now();
    const [bestFrom, bestTo, nextAt] = [wanted.bestFrom, wanted.bestTo, wanted.nextAt].map(toDate);
    await store.insertCall(sql, {
      ...{ id, ticketId, wishId: null, phone: context.keys.seal(phone, sealedAs.callPhone(id)) },
      ...{ bestFrom: bestFrom ?? null, bestTo: bestTo ?? null, createdAt: now },
      nextAt: nextAt ?? bestFrom ?? now,
    });
    await applyChange(context, sql, ticket, {}, [
      { type: "call_planned", by: by.staff, facts: { call: id } },
    ]);
  });
}

/**
 * Says what came of trying. Whoever was not reached is called again, at most five times. Throws `ticket.not_found`, and
 * `call.not_found` for one that is done.
 */
export async function recordCall(
  context: TicketContext,
  by: ByPerson,
  at: { ticketId: string; callId: string },
  { outcome, note, nextAt }: RecordCall,
): Promise<void> {
  await context.db.transaction(async (sql) => {
    const ticket = await lockTicket(sql, at.ticketId);
    const call = await requireCall(store.lockOpenCall(sql, at.ticketId, at.callId));
    const now = context.clock.now();
    const id = context.newId();
    await store.appendAttempt(sql, {
      ...{ id, callId: call.id, at: now, byId: by.staff.id, byName: by.staff.name, outcome },
      note: note === undefined ? null : context.keys.seal(note, sealedAs.callNote(id)),
    });
    const after = afterCall(outcome, call.tries + 1, now, toDate(nextAt));
    const endedAt = after.state === "open" ? null : now;
    await store.changeCall(sql, call.id, { state: after.state, nextAt: after.nextAt, endedAt });
    const facts = {
      ...{ call: call.id, outcome, state: after.state },
      ...(after.nextAt === null ? {} : { nextAt: after.nextAt.toISOString() }),
      ...("why" in after ? { why: after.why } : {}),
    };
    await applyChange(context, sql, ticket, {}, [{ type: "call_tried", by: by.staff, facts }]);
  });
}

/** Calls off a call; the reason is a note for other staff. Throws as `recordCall`. */
export async function cancelCall(
  context: TicketContext,
  by: ByPerson,
  at: { ticketId: string; callId: string },
  { reason }: CancelCall,
): Promise<void> {
  await context.db.transaction(async (sql) => {
    const ticket = await lockTicket(sql, at.ticketId);
    const call = await requireCall(store.lockOpenCall(sql, at.ticketId, at.callId));
    const now = context.clock.now();
    await store.changeCall(sql, call.id, { state: "cancelled", nextAt: null, endedAt: now });
    await writeNote(context, sql, ticket.id, by.staff, reason);
    await applyChange(context, sql, ticket, {}, [
      { type: "call_cancelled", by: by.staff, facts: { call: call.id } },
    ]);
  });
}

async function requireCall<T>(found: Promise<T | null>): Promise<T> {
  const call = await found;
  if (!call) throw new DomainError("call.not_found", "No such call waits to be made");
  return call;
}
