import type { Facts } from "@orderwatch/shared/ops/detection.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database, Sql } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import { deadlinesOf, type Interval, type TicketDeadline } from "./clocks-domain.ts";
import * as clocks from "./clocks-store.ts";
import { isActive, mayMove } from "./domain.ts";
import * as store from "./store.ts";

export type { TicketChange, TicketRecord } from "./store.ts";

/** Who is told what, in the transaction that makes it so. */
export interface TicketHooks {
  opened?(sql: Sql, ticket: store.TicketRecord): Promise<void>;
  /** The buyer was answered. */
  replied?(sql: Sql, ticket: store.TicketRecord, messageId: string): Promise<void>;
  /** By the buyer, by staff, or because what it is about happened again. */
  reopened?(sql: Sql, ticket: store.TicketRecord): Promise<void>;
}

export interface TicketContext {
  db: Database;
  clock: Clock;
  newId: NewId;
  keys: Keys;
  log: Logger;
  on: TicketHooks;
}

export interface TicketNote {
  type: string;
  by?: { id: string; name: string } | null | undefined;
  facts?: Facts;
}

/** Throws `ticket.not_found`. */
export async function lockTicket(sql: Sql, id: string): Promise<store.TicketRecord> {
  const row = await store.lock(sql, id);
  if (!row) throw new DomainError("ticket.not_found", `No ticket ${id}`);
  return row;
}

const toEvent = ({ newId }: Pick<TicketContext, "newId">, note: TicketNote, at: Date): store.EventRecord => ({
  ...{ id: newId(), at, type: note.type, facts: note.facts ?? {} },
  ...{ byId: note.by?.id ?? null, byName: note.by?.name ?? null },
});

/** The one that is due next, of those that run. */
export function nextDueOf(deadlines: readonly TicketDeadline[]): Date | null {
  const due = deadlines.filter(({ metAt }) => metAt === null).flatMap(({ dueAt }) => dueAt ?? []);
  return due.reduce<Date | null>((first, at) => (first === null || at < first ? at : first), null);
}

/** Times that follow from a state, so that no caller forgets one. */
function stamps(from: store.TicketRecord, change: store.TicketChange, now: Date): store.TicketChange {
  const to = change.state ?? from.state;
  if (to === from.state) return {};
  if (!isActive(to))
    return {
      resolvedAt: from.resolvedAt ?? now,
      closedAt: to === "closed" ? now : null,
      unanswered: false,
    };
  return isActive(from.state) ? {} : { resolvedAt: null, closedAt: null, reopened: from.reopened + 1 };
}

/**
 * Writes a change of a locked ticket with its entries, and what its deadlines make of it. Throws `ticket.conflict` for a
 * state that cannot follow.
 */
export async function applyChange(
  context: Pick<TicketContext, "newId" | "clock">,
  sql: Sql,
  ticket: store.TicketRecord,
  given: store.TicketChange,
  notes: readonly TicketNote[],
): Promise<store.TicketRecord> {
  const now = new Date(Math.max(context.clock.now().getTime(), ticket.changedAt.getTime()));
  const moves = given.state !== undefined && given.state !== ticket.state;
  if (moves && (ticket.mergedInto !== null || !mayMove(ticket.state, given.state ?? ticket.state)))
    throw new DomainError("ticket.conflict", `A ticket that is ${ticket.state} cannot become ${given.state}`);
  // First, or what is done a moment too late would look as if it had been in time.
  const missed = await clocks.markMissed(sql, ticket.id, now);
  const change = { ...given, ...stamps(ticket, given, now) };
  const next = { ...ticket, ...change };
  const turns = next.state !== ticket.state || next.unanswered !== ticket.unanswered;
  if (turns)
    await clocks.beginInterval(sql, ticket.id, {
      since: now,
      state: next.state,
      unanswered: next.unanswered,
    });
  if (turns || next.priority !== ticket.priority) change.nextDueAt = await rewind(sql, next);
  const changed = await store.change(sql, ticket.id, change, now);
  const moved = { type: "state_changed", facts: { from: ticket.state, to: next.state } };
  await store.appendEvents(
    sql,
    ticket.id,
    [
      ...missed.map(({ kind, dueAt }) => ({
        type: "due_missed",
        facts: { clock: kind, dueAt: dueAt.toISOString() },
      })),
      ...notes,
      ...(moves ? [{ ...moved, by: notes[0]?.by }] : []),
    ].map((note) => toEvent(context, note, now)),
  );
  return changed;
}

/** Computes a ticket's deadlines from its history and stores them; the next of them. */
export async function rewind(
  sql: Sql,
  ticket: Pick<store.TicketRecord, "id" | "policy" | "priority">,
): Promise<Date | null> {
  const deadlines = deadlinesOf(ticket.policy, ticket.priority, await clocks.listIntervals(sql, ticket.id));
  await clocks.setDeadlines(sql, ticket.id, deadlines);
  return nextDueOf(deadlines);
}

/** Writes a new ticket with its first interval, deadlines and entry. Null when its cause has one already. */
export async function insertTicket(
  context: Pick<TicketContext, "newId" | "on">,
  sql: Sql,
  ticket: Omit<store.NewTicket, "nextDueAt">,
  note: TicketNote,
): Promise<store.TicketRecord | null> {
  const first: Interval = {
    ...{ since: ticket.openedAt, until: null },
    ...{ state: ticket.state, unanswered: ticket.unanswered },
  };
  const deadlines = deadlinesOf(ticket.policy, ticket.priority, [first]);
  const row = await store.insert(sql, { ...ticket, nextDueAt: nextDueOf(deadlines) });
  if (!row) return null;
  await clocks.beginInterval(sql, row.id, first);
  await clocks.setDeadlines(sql, row.id, deadlines);
  await store.appendEvents(sql, row.id, [toEvent(context, note, ticket.openedAt)]);
  await context.on.opened?.(sql, row);
  return row;
}
