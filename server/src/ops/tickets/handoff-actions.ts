import type { AnswerHandoff, HandoffTicket } from "@orderwatch/shared/ops/ticket-work.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Sql } from "../../platform/db.ts";
import { lockAgent } from "./agents-store.ts";
import {
  applyChange,
  lockTicket,
  type TicketChange,
  type TicketContext,
  type TicketRecord,
} from "./change-actions.ts";
import { isActive } from "./domain.ts";
import { afterHandoff, type HandoffEnd, offeredState, otherTeam, worksIn } from "./handoff-domain.ts";
import * as store from "./handoff-store.ts";
import { sealedAs } from "./sealing.ts";
import type { ByRole } from "./staff-actions.ts";

/** Who is told of offers, in the transaction that makes them so; whoever composes the console hands it in. */
export interface HandoffHooks {
  offered(sql: Sql, ticket: TicketRecord, handoff: store.HandoffRecord): Promise<void>;
  /** To whoever offered it. */
  answered(
    sql: Sql,
    ticket: TicketRecord,
    handoff: store.HandoffRecord,
    answer: { accepted: boolean; by: { id: string; name: string } },
  ): Promise<void>;
  /** It is back in the queue and has nobody; `handoff` is null where its owner was lost on the way. */
  lapsed(sql: Sql, ticket: TicketRecord, handoff: store.HandoffRecord | null): Promise<void>;
}

export interface HandoffContext extends TicketContext {
  handoffs: HandoffHooks;
}

const conflict = (detail: string) => new DomainError("ticket.conflict", detail);

/**
 * Offers a ticket to the other team, with a note that stays among staff. Until it is accepted, declined or lapses whoever
 * has it keeps it. Throws `ticket.not_found`, `ticket.conflict` for one that has ended or is offered already, and
 * `session.forbidden` for who does not work in the team that has it.
 */
export async function offerHandoff(
  context: HandoffContext,
  by: ByRole,
  id: string,
  { note, to }: HandoffTicket,
): Promise<void> {
  await context.db.transaction(async (sql) => {
    const ticket = await lockTicket(sql, id);
    const target = to ?? otherTeam(ticket.team);
    if (!isActive(ticket.state)) throw conflict("The ticket has ended");
    if (target === ticket.team) throw conflict(`The ticket is with ${target} already`);
    requireTeam(by, ticket.team);
    const now = context.clock.now();
    const handoffId = context.newId();
    const handoff = await store.insertHandoff(sql, {
      ...{ id: handoffId, ticketId: id, fromTeam: ticket.team, toTeam: target },
      ...{ note: context.keys.seal(note, sealedAs.handoffNote(handoffId)) },
      ...{ offeredById: by.staff.id, offeredBy: by.staff.name, offeredAt: now },
      dueAt: new Date(now.getTime() + ticket.policy.handoffTimeoutMin * 60_000),
    });
    if (!handoff) throw conflict("The ticket is offered already");
    const state = offeredState(target);
    const owner = { assigneeId: by.staff.id, assigneeName: by.staff.name, assignedAt: now };
    const change: TicketChange = {
      ...(state === null ? {} : { state }),
      ...(ticket.assigneeId === null ? owner : {}),
    };
    const facts = { handoff: handoffId, to: target, dueAt: handoff.dueAt.toISOString() };
    const offered = await applyChange(context, sql, ticket, change, [
      { type: "handoff_offered", by: by.staff, facts },
    ]);
    await context.handoffs.offered(sql, offered, handoff);
  });
}

function requireTeam(by: ByRole, team: TicketRecord["team"]): void {
  if (!worksIn(by.role, team))
    throw new DomainError("session.forbidden", `This is for whoever works in ${team}`);
}

/**
 * Accepts an offered ticket, which is then the answerer's, or declines it, and then it is its owner's again. Throws
 * `ticket.not_found`, `ticket.conflict` where nothing is offered any more, and `session.forbidden` for the other team.
 */
export async function answerHandoff(
  context: HandoffContext,
  by: ByRole,
  id: string,
  answer: AnswerHandoff,
): Promise<void> {
  await context.db.transaction(async (sql) => {
    if (answer.accept) await lockAgent(sql, by.staff.id, context.clock.now());
    const { ticket, handoff } = await lockOffered(sql, id);
    requireTeam(by, handoff.toTeam);
    const end = answer.accept ? "accepted" : "declined";
    const ended = await finish(context, sql, ticket, handoff, {
      ...{ end, by: by.staff },
      ...(answer.accept ? {} : { reason: answer.reason }),
    });
    await context.handoffs.answered(sql, ended, handoff, { accepted: answer.accept, by: by.staff });
  });
}

/** Takes an offer back. Throws as `answerHandoff`, for who does not work in the team that offered it. */
export async function withdrawHandoff(context: HandoffContext, by: ByRole, id: string): Promise<void> {
  await context.db.transaction(async (sql) => {
    const { ticket, handoff } = await lockOffered(sql, id);
    requireTeam(by, handoff.fromTeam);
    await finish(context, sql, ticket, handoff, { end: "withdrawn", by: by.staff });
  });
}

async function lockOffered(sql: Sql, id: string) {
  const ticket = await lockTicket(sql, id);
  const handoff = await store.readOffered(sql, id);
  if (!handoff || !isActive(ticket.state)) throw conflict("The ticket is not offered any more");
  return { ticket, handoff };
}

/** Ends the offer of a locked ticket. */
async function finish(
  context: HandoffContext,
  sql: Sql,
  ticket: TicketRecord,
  handoff: store.HandoffRecord,
  how: { end: HandoffEnd; by: { id: string; name: string } | null; reason?: string },
): Promise<TicketRecord> {
  const now = context.clock.now();
  const sealed = how.reason && context.keys.seal(how.reason, sealedAs.handoffReason(handoff.id));
  const ended = await store.endHandoff(sql, handoff.id, {
    ...{ state: how.end, at: now, byId: how.by?.id ?? null, byName: how.by?.name ?? null },
    reason: sealed || null,
  });
  if (!ended) throw conflict("The ticket is not offered any more");
  const { owner, ...after } = afterHandoff({ from: handoff.fromTeam, to: handoff.toTeam }, how.end);
  const person = owner === "answerer" ? how.by : null;
  const change: TicketChange = {
    ...after,
    ...(owner === "keep"
      ? {}
      : {
          ...{ assigneeId: person?.id ?? null, assigneeName: person?.name ?? null },
          assignedAt: person ? now : null,
        }),
  };
  const facts = { handoff: handoff.id, to: handoff.toTeam };
  return await applyChange(context, sql, ticket, change, [{ type: `handoff_${how.end}`, by: how.by, facts }]);
}

const sweptAtOnce = 100;

/**
 * Puts back into the queue, with a page, what nobody answered in time, and what waits for engineering while no engineer
 * has it: one who left, who is out of office, or who gave it back. Each once, however many consoles look.
 */
export async function sweepHandoffs(context: HandoffContext): Promise<{ more: boolean }> {
  const { db, clock } = context;
  const lapsed = await store.listLapsed(db.sql, clock.now(), sweptAtOnce);
  for (const id of lapsed) await db.transaction((sql) => lapse(context, sql, id));
  const stranded = await store.listStranded(db.sql, clock.now(), sweptAtOnce);
  for (const id of stranded) await db.transaction((sql) => rescue(context, sql, id));
  return { more: lapsed.length === sweptAtOnce || stranded.length === sweptAtOnce };
}

async function lapse(context: HandoffContext, sql: Sql, id: string): Promise<void> {
  const ticket = await lockTicket(sql, id);
  const handoff = await store.readOffered(sql, id);
  if (!handoff) return;
  const now = context.clock.now();
  if (!isActive(ticket.state)) {
    const end = { state: "withdrawn", at: now, byId: null, byName: null, reason: null } as const;
    if (await store.endHandoff(sql, handoff.id, end)) await applyChange(context, sql, ticket, {}, []);
    return;
  }
  if (handoff.dueAt > now) return;
  const queued = await finish(context, sql, ticket, handoff, { end: "timed_out", by: null });
  await context.handoffs.lapsed(sql, queued, handoff);
}

async function rescue(context: HandoffContext, sql: Sql, id: string): Promise<void> {
  const ticket = await lockTicket(sql, id);
  if (!(await store.isStranded(sql, id, context.clock.now()))) return;
  const nobody = { assigneeId: null, assigneeName: null, assignedAt: null };
  const facts = { from: ticket.assigneeName, reason: "no_engineer" };
  const queued = await applyChange(context, sql, ticket, { ...nobody, state: "open", team: "support" }, [
    { type: "released", facts },
  ]);
  await context.handoffs.lapsed(sql, queued, null);
}
