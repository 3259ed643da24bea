import type { Sql } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import { hear, openFor, say, settle, waitsForAnswer } from "../../shop/support/actions.ts";
import {
  applyChange,
  isActive,
  lockTicket,
  type TicketContext,
  type TicketRecord,
} from "../tickets/actions.ts";
import { eachAlone } from "./alone.ts";
import { outcomeFor, outcomeWords } from "./domain.ts";
import * as store from "./store.ts";

const atOnce = 200;

async function threadOf(context: TicketContext, sql: Sql, ticket: TicketRecord): Promise<string> {
  if (ticket.conversationId !== null) return ticket.conversationId;
  if (ticket.orderId === null) throw new Error(`ticket ${ticket.number} has nobody to tell`);
  return await openFor(context, sql, { orderId: ticket.orderId });
}

/** Says what staff told of an incident in each thread that has not got it. */
export async function tellProgressDue(context: TicketContext): Promise<{ more: boolean }> {
  const due = await store.listUntold(context.db.sql, atOnce);
  const told = await eachAlone(context, due, async (sql, { ticketId, incidentId, progressId, text }) => {
    const ticket = await lockTicket(sql, ticketId);
    if (ticket.incidentId !== incidentId || !isActive(ticket.state)) return false;
    const conversationId = await threadOf(context, sql, ticket);
    const key = `progress:${progressId}`;
    const said = await say(context, sql, { conversationId, author: "staff", kind: "progress", text, key });
    await faultPoint("progress.telling");
    if (!said.isNew) return false;
    const facts = { progress: progressId, message: said.id };
    await applyChange(context, sql, ticket, { conversationId }, [{ type: "progress_told", facts }]);
    return true;
  });
  return { more: told > 0 && due.length === atOnce };
}

/**
 * Tells each buyer of a resolved incident's tickets what became of their own order, when it has come to its end, and calls
 * the ticket resolved. What is still open stays with support, and is answered when it ends. A ticket is answered by an
 * incident once: one that its buyer opened again is a person's.
 */
export async function answerOutcomes(context: TicketContext): Promise<{ more: boolean }> {
  const due = await store.listUnanswered(context.db.sql, atOnce);
  const told = await eachAlone(context, due, (sql, one) => answer(context, sql, one));
  return { more: told > 0 && due.length === atOnce };
}

async function answer(context: TicketContext, sql: Sql, due: store.Unanswered): Promise<boolean> {
  const { ticketId, revision, incidentId, number } = due;
  const ticket = await lockTicket(sql, ticketId);
  if (ticket.revision !== revision) return false;
  const status = await store.readStatus(sql, ticketId);
  const outcome = status === null ? null : outcomeFor(status);
  if (outcome === null) return false;
  const conversationId = await threadOf(context, sql, ticket);
  // What a buyer wrote that nobody has taken in yet is a person's to read, whatever came of the order.
  const { taken } = await hear(sql, conversationId);
  const said = await say(context, sql, {
    ...{ conversationId, author: "system", kind: "outcome", text: outcomeWords[outcome], answers: taken },
    key: `outcome:${incidentId}`,
  });
  await faultPoint("outcome.telling");
  // Another ticket of the same order has said it; what its buyer wrote since is not answered by that.
  const settles = said.isNew || !(await waitsForAnswer(sql, conversationId));
  const facts = { incident: number, incidentId, outcome, ...(said.isNew ? { message: said.id } : {}) };
  const told = await applyChange(
    context,
    sql,
    ticket,
    { conversationId, ...(settles ? { state: "resolved", unanswered: false } : {}) },
    [{ type: "outcome_told", facts }],
  );
  if (settles) await settle(context, sql, conversationId, "resolved");
  if (said.isNew) await context.on.replied?.(sql, told, said.id);
  return true;
}
