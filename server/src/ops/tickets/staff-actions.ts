import { may, type Role } from "@orderwatch/shared/ops/roles.ts";
import type {
  OpenTicket,
  PrioritizeTicket,
  ReplyTicket,
  ResolveTicket,
} from "@orderwatch/shared/ops/tickets.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Sql } from "../../platform/db.ts";
import { hear, openFor, say, settle } from "../../shop/support/actions.ts";
import { type AuditContext, recordAudit } from "../audit/actions.ts";
import type { ByPerson } from "./assign-actions.ts";
import {
  applyChange,
  insertTicket,
  lockTicket,
  type TicketChange,
  type TicketContext,
  type TicketNote,
  type TicketRecord,
} from "./change-actions.ts";
import { causes, isActive } from "./domain.ts";
import { writeNote } from "./note-actions.ts";
import * as orders from "./opener-store.ts";
import * as store from "./store.ts";
import { typedSubject } from "./subject-domain.ts";

export type ByRole = ByPerson & { role: Role };

/** Support answers anything; engineering what was handed to it. */
function requireMine(ticket: TicketRecord, by: ByRole): void {
  if (may(by.role, "tickets.act")) return;
  if (ticket.team !== "engineering" && ticket.assigneeId !== by.staff.id)
    throw new DomainError("session.forbidden", "This ticket was not handed to engineering");
}

/**
 * The thread that a ticket's buyer reads, which is their order's. Throws `ticket.no_buyer` where nobody is known, and
 * `ticket.no_thread` for who wants to be called without an order: no page of theirs shows a thread.
 */
async function threadOf(context: TicketContext, sql: Sql, ticket: TicketRecord): Promise<string> {
  if (ticket.orderId === null)
    throw ticket.conversationId === null
      ? new DomainError("ticket.no_buyer", "The ticket belongs to no order and no conversation")
      : new DomainError("ticket.no_thread", "Without an order the buyer has no page to read an answer on");
  return ticket.conversationId ?? (await openFor(context, sql, { orderId: ticket.orderId }));
}

/**
 * Answers the buyer; sent twice under one `messageId` it is one answer. A ticket that nobody has becomes the answerer's; one
 * that has ended is opened again where that is asked for, which is audited. Throws `ticket.not_found`, `ticket.conflict` for
 * one that has ended, `ticket.buyer_wrote` where the buyer has since, `ticket.no_buyer`, `ticket.no_thread`, and
 * `session.forbidden` for engineers where it was not handed to them.
 */
export async function reply(
  context: TicketContext & AuditContext,
  by: ByRole,
  id: string,
  { text, thenState, messageId, threadRevision, reopen: reopens = false }: ReplyTicket,
): Promise<void> {
  await context.db.transaction(async (sql, within) => {
    const found = await lockTicket(sql, id);
    requireMine(found, by);
    const conversationId = await threadOf(context, sql, found);
    const { news, isUnread } = await hear(sql, conversationId, threadRevision);
    const message = { conversationId, author: "staff", kind: "message", text, answers: news } as const;
    const said = await say(
      context,
      sql,
      messageId === undefined ? message : { ...message, key: `reply:${messageId}` },
    );
    if (!said.isNew) return;
    const ended = !isActive(found.state);
    if (ended && !reopens) throw new DomainError("ticket.conflict", "The ticket has ended");
    if (isUnread) throw buyerWrote();
    const ticket = ended ? await reopenToAnswer({ ...context, db: within }, sql, found, by) : found;
    const answered = await applyChange(
      context,
      sql,
      ticket,
      {
        ...{ conversationId, unanswered: false, state: stateAfter(ticket, thenState) },
        ...ownedBy(ticket, by, context.clock.now()),
      },
      [{ type: "replied", by: by.staff, facts: { message: said.id } }],
    );
    await settle(context, sql, conversationId, thenState === "resolved" ? "resolved" : "answered");
    await context.on.replied?.(sql, answered, said.id);
  });
}

const buyerWrote = () => new DomainError("ticket.buyer_wrote", "The buyer has written since this was read");

async function reopenToAnswer(
  context: TicketContext & AuditContext,
  sql: Sql,
  ticket: TicketRecord,
  by: ByRole,
): Promise<TicketRecord> {
  if (!may(by.role, "tickets.act"))
    throw new DomainError("session.forbidden", "Your role may not open a ticket again");
  const open = await reopenLocked(context, sql, ticket, { type: "reopened", by: by.staff });
  await recordAudit(context, by, {
    ...{ action: "ticket.reopened", target: { kind: "ticket", id: ticket.id } },
    ...{ reason: "To answer its buyer", facts: { number: ticket.number } },
  });
  return open;
}

/** A word to the buyer takes nothing from engineering, unless it is the last one. */
function stateAfter(ticket: TicketRecord, wanted: ReplyTicket["thenState"]): TicketRecord["state"] {
  return ticket.state === "waiting_engineering" && wanted !== "resolved" ? ticket.state : wanted;
}

function ownedBy(ticket: TicketRecord, by: ByPerson, at: Date): TicketChange {
  if (ticket.assigneeId !== null) return {};
  return { assigneeId: by.staff.id, assigneeName: by.staff.name, assignedAt: at };
}

/** Throws `ticket.not_found`. */
export async function addNote(context: TicketContext, by: ByPerson, id: string, text: string): Promise<void> {
  await context.db.transaction(async (sql) => {
    const ticket = await lockTicket(sql, id);
    await writeNote(context, sql, ticket.id, by.staff, text);
    await applyChange(context, sql, ticket, {}, [{ type: "note_added", by: by.staff }]);
  });
}

/**
 * Calls it resolved, with a last word for the buyer or without one; audited. Resolved already, nothing changes. Throws
 * `ticket.not_found`, `ticket.conflict` for one that is closed, `ticket.buyer_wrote` where the buyer has since, and
 * `ticket.no_buyer` and `ticket.no_thread` for a word that nobody would read.
 */
export async function resolve(
  context: TicketContext & AuditContext,
  by: ByRole,
  id: string,
  { text, reason, threadRevision }: ResolveTicket,
): Promise<void> {
  await context.db.transaction(async (sql, within) => {
    const ticket = await lockTicket(sql, id);
    if (ticket.state === "resolved") return;
    const conversationId = text === undefined ? ticket.conversationId : await threadOf(context, sql, ticket);
    let messageId: string | undefined;
    if (conversationId !== null) {
      const { news, isUnread } = await hear(sql, conversationId, threadRevision);
      if (isUnread) throw buyerWrote();
      const message = { conversationId, author: "staff", kind: "outcome", answers: news } as const;
      if (text !== undefined) messageId = (await say(context, sql, { ...message, text })).id;
    }
    const change = {
      conversationId,
      state: "resolved",
      ...ownedBy(ticket, by, context.clock.now()),
    } as const;
    const facts = messageId === undefined ? {} : { message: messageId };
    const resolved = await applyChange(context, sql, ticket, change, [
      { type: "resolved", by: by.staff, facts },
    ]);
    if (conversationId !== null) await settle(context, sql, conversationId, "resolved");
    if (messageId !== undefined) await context.on.replied?.(sql, resolved, messageId);
    await recordAudit({ ...context, db: within }, by, {
      ...{ action: "ticket.resolved", target: { kind: "ticket", id }, reason },
      facts: { number: ticket.number },
    });
  });
}

/** Throws `ticket.not_found`, and `ticket.conflict` for one that has not ended or was merged. */
export async function reopen(
  context: TicketContext & AuditContext,
  by: ByPerson,
  id: string,
  reason: string,
): Promise<void> {
  await context.db.transaction(async (sql, within) => {
    const ticket = await lockTicket(sql, id);
    if (isActive(ticket.state)) throw new DomainError("ticket.conflict", "The ticket is open");
    await reopenLocked(context, sql, ticket, { type: "reopened", by: by.staff });
    await recordAudit({ ...context, db: within }, by, {
      ...{ action: "ticket.reopened", target: { kind: "ticket", id }, reason },
      facts: { number: ticket.number },
    });
  });
}

/** Opens a locked ticket again, with its owner, and with somebody who waits. */
export async function reopenLocked(
  context: TicketContext,
  sql: Sql,
  ticket: TicketRecord,
  note: Parameters<typeof applyChange>[4][number],
): Promise<TicketRecord> {
  const open = await applyChange(context, sql, ticket, { state: "open", unanswered: true }, [note]);
  if (ticket.conversationId !== null) await settle(context, sql, ticket.conversationId, "open");
  await context.on.reopened?.(sql, open);
  return open;
}

/** The reason is a note for other staff. Throws `ticket.not_found`. */
export async function prioritize(
  context: TicketContext,
  by: ByPerson,
  id: string,
  { priority, reason }: PrioritizeTicket,
): Promise<void> {
  await context.db.transaction(async (sql) => {
    const ticket = await lockTicket(sql, id);
    if (ticket.priority === priority && reason === undefined) return;
    if (reason !== undefined) await writeNote(context, sql, id, by.staff, reason);
    const facts = { from: ticket.priority, to: priority };
    const note: TicketNote =
      ticket.priority === priority
        ? { type: "note_added", by: by.staff }
        : { type: "prioritized", by: by.staff, facts };
    await applyChange(context, sql, ticket, { priority }, [note]);
  });
}

/**
 * By hand. It is the opener's own, since nobody else knows of it yet. Its id. Throws `order.not_found`, and
 * `request.invalid` for a subject that says how to reach a person.
 */
export async function openByHand(
  context: TicketContext & AuditContext,
  by: ByPerson,
  given: OpenTicket,
): Promise<string> {
  return await context.db.transaction(async (sql, within) => {
    const id = context.newId();
    const order = given.orderId === undefined ? null : await orders.readOrder(sql, given.orderId);
    if (given.orderId !== undefined && !order) throw new DomainError("order.not_found", "No such order");
    const conversationId = order ? await openFor(context, sql, { orderId: order.orderId }) : null;
    const now = context.clock.now();
    const row = await insertTicket(
      context,
      sql,
      {
        ...(order ?? orders.noOrder),
        ...{ id, conversationId, cause: "staff", causeKey: `staff:${id}`, state: "open", team: "support" },
        ...{ subject: typedSubject(given.subject), skills: causes.staff.skills },
        ...{ sku: given.sku ?? order?.sku ?? null, priority: given.priority ?? causes.staff.priority },
        ...{ splitFrom: null, unanswered: false, policy: await store.policyFor(sql, "staff"), openedAt: now },
      },
      { type: "opened", by: by.staff },
    );
    if (!row) throw new Error("an id was made twice");
    await applyChange(context, sql, row, ownedBy(row, by, now), [{ type: "claimed", by: by.staff }]);
    if (given.note !== undefined) await writeNote(context, sql, id, by.staff, given.note);
    await recordAudit({ ...context, db: within }, by, {
      ...{ action: "ticket.opened", target: { kind: "ticket", id } },
      facts: { number: row.number, order: given.orderId ?? null },
    });
    return id;
  });
}
