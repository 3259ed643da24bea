import { isOut } from "@orderwatch/shared/ops/presence.ts";
import type { AssignTicket } from "@orderwatch/shared/ops/tickets.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Sql } from "../../platform/db.ts";
import { type AuditContext, recordAudit } from "../audit/actions.ts";
import * as agents from "./agents-store.ts";
import { applyChange, lockTicket, type TicketContext, type TicketRecord } from "./change-actions.ts";
import { distribute, ownableStates } from "./domain.ts";
import { writeNote } from "./note-actions.ts";

export interface ByPerson {
  staff: { id: string; name: string };
  requestId?: string | undefined;
}

const nobody = { assigneeId: null, assigneeName: null, assignedAt: null } as const;

const owner = (person: { id: string; name: string }, at: Date) => ({
  ...{ assigneeId: person.id, assigneeName: person.name, assignedAt: at },
});

/** What taking a ticket makes of it: who had to be found for it is found, and where no buyer waits, nobody waits any more. */
function taken(ticket: TicketRecord, person: { id: string; name: string }, at: Date) {
  return {
    ...owner(person, at),
    ...(ticket.state === "new" ? { state: "open" as const } : {}),
    ...(ticket.conversationId === null ? { unanswered: false } : {}),
  };
}

const isOwnable = ({ state }: TicketRecord) => (ownableStates as readonly string[]).includes(state);

/**
 * Takes a ticket that nobody has; one that is theirs already stays theirs. Throws `ticket.not_found`, `ticket.owned`,
 * `ticket.capacity` for whoever has as many as they can take, and `ticket.conflict` where nobody is needed.
 */
export async function claim(context: TicketContext, by: ByPerson, id: string): Promise<void> {
  await context.db.transaction(async (sql) => {
    const now = context.clock.now();
    const agent = await agents.lockAgent(sql, by.staff.id, now);
    const ticket = await lockTicket(sql, id);
    if (ticket.assigneeId === by.staff.id) return;
    if (ticket.assigneeId !== null)
      throw new DomainError("ticket.owned", `${ticket.assigneeName} has this ticket`);
    if (!isOwnable(ticket))
      throw new DomainError("ticket.conflict", `A ticket that is ${ticket.state} cannot be claimed`);
    requireRoom(agent);
    await applyChange(context, sql, ticket, taken(ticket, by.staff, now), [
      { type: "claimed", by: by.staff },
    ]);
  });
}

function requireRoom({ load, capacity }: { load: number; capacity: number }): void {
  if (load >= capacity)
    throw new DomainError("ticket.capacity", `${load} tickets of ${capacity} at most are taken`);
}

/** Takes the first of the queue that they can do. Its id; null when nothing waits. Throws `ticket.capacity`. */
export async function claimNext(context: TicketContext, by: ByPerson): Promise<string | null> {
  return await context.db.transaction(async (sql) => {
    const now = context.clock.now();
    const agent = await agents.lockAgent(sql, by.staff.id, now);
    requireRoom(agent);
    const [first] = await agents.lockWaiting(sql, agent.skills, 1);
    if (!first) return null;
    const ticket = await lockTicket(sql, first.id);
    await applyChange(context, sql, ticket, taken(ticket, by.staff, now), [
      { type: "claimed", by: by.staff },
    ]);
    return ticket.id;
  });
}

/** Gives one's own ticket back to the queue. Throws `ticket.not_found`, and `ticket.conflict` where it is not theirs. */
export async function release(context: TicketContext, by: ByPerson, id: string): Promise<void> {
  await context.db.transaction(async (sql) => {
    const ticket = await lockTicket(sql, id);
    if (ticket.assigneeId !== by.staff.id)
      throw new DomainError("ticket.conflict", "Only who has a ticket can give it back");
    await applyChange(context, sql, ticket, nobody, [{ type: "released", by: by.staff }]);
  });
}

/**
 * Gives a ticket to somebody, whatever their capacity, or back to the queue; audited, with a note for other staff. Throws `ticket.not_found`,
 * `ticket.conflict` for one that has ended, and `ticket.person_unknown` for who does not work on tickets.
 */
export async function assign(
  context: TicketContext & AuditContext,
  by: ByPerson,
  id: string,
  { staffId, note }: AssignTicket,
): Promise<void> {
  await context.db.transaction(async (sql, within) => {
    const now = context.clock.now();
    const person = staffId === null ? null : await agents.readWorker(sql, staffId);
    if (staffId !== null && !person)
      throw new DomainError("ticket.person_unknown", "Nobody of this id works on tickets");
    if (person) await agents.lockAgent(sql, person.id, now);
    const ticket = await lockTicket(sql, id);
    if (ticket.resolvedAt !== null) throw new DomainError("ticket.conflict", "The ticket has ended");
    if (ticket.assigneeId === staffId && note === undefined) return;
    if (note !== undefined) await writeNote(context, sql, id, by.staff, note);
    if (ticket.assigneeId === staffId)
      return void (await applyChange(context, sql, ticket, {}, [{ type: "note_added", by: by.staff }]));
    const facts = { from: ticket.assigneeName, to: person?.name ?? null };
    await applyChange(context, sql, ticket, person ? taken(ticket, person, now) : nobody, [
      { type: person ? "assigned" : "released", by: by.staff, facts },
    ]);
    await recordAudit({ ...context, db: within }, by, {
      ...{ action: "ticket.assigned", target: { kind: "ticket", id } },
      facts: { ...facts, number: ticket.number },
    });
  });
}

const assignedAtOnce = 200;

/**
 * Gives what waits to those who get tickets without asking: the most urgent and of these the oldest first, to whoever is in
 * the office, can do it and has the largest share of their capacity left. May run on several consoles at once.
 */
export async function assignWaiting(context: TicketContext): Promise<{ more: boolean }> {
  if (!(await agents.hasWaiting(context.db.sql))) return { more: false };
  return await context.db.transaction(async (sql) => {
    const now = context.clock.now();
    const present = (await agents.lockReceivers(sql)).filter((agent) => !isOut(agent, now));
    const places = present.reduce((sum, { load, capacity }) => sum + Math.max(0, capacity - load), 0);
    if (places === 0) return { more: false };
    const skills = [...new Set(present.flatMap((agent) => agent.skills))];
    const limit = Math.min(places, assignedAtOnce);
    const given = distribute(await agents.lockWaiting(sql, skills, limit), present);
    for (const { ticket, agent } of given) await give(context, sql, ticket.id, agent, now);
    return { more: given.length === assignedAtOnce };
  });
}

async function give(
  context: TicketContext,
  sql: Sql,
  id: string,
  agent: { id: string; name: string },
  now: Date,
): Promise<void> {
  const ticket = await lockTicket(sql, id);
  const facts = { to: agent.name, automatic: true };
  await applyChange(context, sql, ticket, taken(ticket, agent, now), [{ type: "assigned", facts }]);
}

const releasedAtOnce = 200;

/** Gives back to the queue what somebody has who is out of office or gone, so that nobody waits for them. */
export async function releaseAbandoned(context: TicketContext): Promise<{ more: boolean }> {
  const found = await agents.listAbandoned(context.db.sql, context.clock.now(), releasedAtOnce);
  for (const id of found)
    await context.db.transaction(async (sql) => {
      const ticket = await lockTicket(sql, id);
      // Somebody else may have it by now.
      const now = context.clock.now();
      if (ticket.assigneeId === null || !(await agents.isAbandoned(sql, id, now))) return;
      const facts = { from: ticket.assigneeName, reason: "out_of_office" };
      await applyChange(context, sql, ticket, nobody, [{ type: "released", facts }]);
    });
  return { more: found.length === releasedAtOnce };
}
