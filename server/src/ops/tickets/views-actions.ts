import { IncidentState } from "@orderwatch/shared/ops/incidents.ts";
import type {
  InternalNote,
  Ticket,
  TicketCall,
  TicketEvent,
  TicketHandoff,
  TicketRow,
} from "@orderwatch/shared/ops/tickets.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Sql } from "../../platform/db.ts";
import { maskContact } from "../../shop/orders/contact-actions.ts";
import { readOrderRows } from "../../shop/orders/search-actions.ts";
import { buyerOf, readRatingNote, readThread, revisionOf } from "../../shop/support/actions.ts";
import type { TicketContext, TicketRecord } from "./change-actions.ts";
import { listClocks } from "./clocks-store.ts";
import * as desk from "./desk-store.ts";
import { movesOf } from "./domain.ts";
import { listRelated } from "./list-store.ts";
import { sealedAs } from "./sealing.ts";
import * as store from "./store.ts";

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
const person = (id: string | null, name: string | null) =>
  id === null || name === null ? null : { id, name };

/** Tickets as lists and sockets tell them, in the order given. No contact, no message and no note is in it but an offer's. */
export async function toRows(
  { keys }: { keys: Keys },
  sql: Sql,
  tickets: readonly store.TicketSummary[],
): Promise<TicketRow[]> {
  if (tickets.length === 0) return [];
  const ids = tickets.map(({ id }) => id);
  const clocks = Map.groupBy(await listClocks(sql, ids), ({ ticketId }) => ticketId);
  const offers = await desk.listHandoffs(sql, ids, "offered");
  const linked = [...new Set(tickets.flatMap(({ incidentId }) => incidentId ?? []))];
  const incidents = linked.length === 0 ? [] : await desk.readIncidents(sql, linked);
  return tickets.map((ticket) => {
    const offer = offers.find(({ ticketId }) => ticketId === ticket.id);
    const incident = incidents.find(({ id }) => id === ticket.incidentId);
    return {
      ...{ id: ticket.id, number: ticket.number, cause: ticket.cause, subject: ticket.subject },
      ...{ state: ticket.state, priority: ticket.priority, team: ticket.team, origin: ticket.origin },
      ...{ language: ticket.language, conversationId: ticket.conversationId, orderId: ticket.orderId },
      ...{ sku: ticket.sku, channel: ticket.channel, code: ticket.code, skills: ticket.skills },
      assignee: person(ticket.assigneeId, ticket.assigneeName),
      assignedAt: iso(ticket.assignedAt),
      incident: incident ? { id: incident.id, number: incident.number } : null,
      ...{ mergedInto: ticket.mergedInto, splitFrom: ticket.splitFrom, unanswered: ticket.unanswered },
      clocks: (clocks.get(ticket.id) ?? []).map(({ kind, dueAt, leftMs, metAt, missedAt }) => ({
        ...{ kind, dueAt: iso(dueAt), leftMs, metAt: iso(metAt) },
        missed: missedAt !== null || (metAt !== null && dueAt !== null && metAt > dueAt),
      })),
      nextDueAt: iso(ticket.nextDueAt),
      handoff: offer ? toHandoff(keys, offer) : null,
      ...{ reopened: ticket.reopened, rating: ticket.rating, revision: ticket.revision },
      openedAt: ticket.openedAt.toISOString(),
      changedAt: ticket.changedAt.toISOString(),
      resolvedAt: iso(ticket.resolvedAt),
      closedAt: iso(ticket.closedAt),
    };
  });
}

/** Everything about one ticket; contact data masked. */
export async function toTicket(
  context: Pick<TicketContext, "db" | "keys" | "log">,
  ticket: TicketRecord,
): Promise<Ticket> {
  const { keys } = context;
  const { sql } = context.db;
  const [row] = await toRows(context, sql, [ticket]);
  if (!row) throw new Error("a ticket without its view");
  const { conversationId, orderId, incidentId } = ticket;
  const threadRevision = conversationId === null ? 0 : await revisionOf(sql, conversationId);
  const thread = conversationId === null ? [] : await readThread(context, sql, conversationId);
  const contact = conversationId === null ? {} : await buyerOf(context, conversationId);
  const isRated = conversationId !== null && ticket.rating !== null;
  const notes = await store.listNotes(sql, ticket.id);
  const events = await store.listEvents(sql, ticket.id);
  const handoffs = await desk.listHandoffs(sql, [ticket.id], "all");
  const [order] = orderId === null ? [] : await readOrderRows(context, [orderId]);
  const [incident] = incidentId === null ? [] : await desk.readIncidents(sql, [incidentId]);
  return {
    ...row,
    contact: order?.contact ?? maskContact(contact),
    ratingNote: isRated ? await readRatingNote(context, sql, conversationId) : null,
    ...{ thread, threadRevision },
    notes: notes.map((note) => toNote(keys, note)),
    timeline: events.map(toEvent),
    handoffs: handoffs.map((handoff) => toHandoff(keys, handoff)),
    calls: await readCalls(context, sql, ticket.id),
    order: order ?? null,
    incidentDetail: incident ? { ...incident, state: IncidentState.parse(incident.state) } : null,
    related: await listRelated(sql, ticket),
    transitions: movesOf(ticket),
  };
}

/** A ticket's offers, newest first. */
export async function readHandoffs(
  { db, keys }: Pick<TicketContext, "db" | "keys">,
  ticketId: string,
): Promise<TicketHandoff[]> {
  const handoffs = await desk.listHandoffs(db.sql, [ticketId], "all");
  return handoffs.map((handoff) => toHandoff(keys, handoff));
}

function toEvent({ id, at, type, byId, byName, facts }: store.EventRecord): TicketEvent {
  return { id, at: at.toISOString(), type, by: person(byId, byName), facts };
}

function toNote(keys: Keys, { id, at, byId, byName, text }: store.NoteRecord): InternalNote {
  const by = { id: byId, name: byName };
  return { internal: true, id, at: at.toISOString(), by, text: keys.open(text, sealedAs.note(id)) };
}

function toHandoff(keys: Keys, row: desk.HandoffRecord): TicketHandoff {
  return {
    ...{ id: row.id, from: row.fromTeam, to: row.toTeam, state: row.state },
    note: keys.open(row.note, sealedAs.handoffNote(row.id)),
    offeredBy: { id: row.offeredById, name: row.offeredBy },
    offeredAt: row.offeredAt.toISOString(),
    dueAt: row.dueAt.toISOString(),
    answeredBy: person(row.answeredById, row.answeredBy),
    answeredAt: iso(row.answeredAt),
    reason: row.reason === null ? null : keys.open(row.reason, sealedAs.handoffReason(row.id)),
  };
}

/** A ticket's calls with their tries, oldest first; phones masked. */
export async function readCalls({ keys }: { keys: Keys }, sql: Sql, ticketId: string): Promise<TicketCall[]> {
  const calls = await desk.listCalls(sql, ticketId);
  if (calls.length === 0) return [];
  const ids = calls.map(({ id }) => id);
  const attempts = Map.groupBy(await desk.listCallAttempts(sql, ids), ({ callId }) => callId);
  return calls.map(({ id, state, phone, bestFrom, bestTo, nextAt, note, createdAt }) => ({
    ...{ id, state, bestFrom: iso(bestFrom), bestTo: iso(bestTo), nextAt: iso(nextAt) },
    phone:
      phone === null ? "" : (maskContact({ phone: keys.open(phone, sealedAs.callPhone(id)) }).phone ?? ""),
    note: note === null ? null : keys.open(note, sealedAs.callWish(id)),
    createdAt: createdAt.toISOString(),
    attempts: (attempts.get(id) ?? []).map((attempt) => ({
      ...{ at: attempt.at.toISOString(), outcome: attempt.outcome },
      by: { id: attempt.byId, name: attempt.byName },
      note: attempt.note === null ? null : keys.open(attempt.note, sealedAs.callNote(attempt.id)),
    })),
  }));
}
