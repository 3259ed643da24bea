import type { MergeTicket, SplitTicket } from "@orderwatch/shared/ops/ticket-work.ts";
import type { TicketPriority } from "@orderwatch/shared/ops/tickets.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Sql } from "../../platform/db.ts";
import { type AuditContext, recordAudit } from "../audit/actions.ts";
import type { ByPerson } from "./assign-actions.ts";
import { moveOpenCalls } from "./call-store.ts";
import {
  applyChange,
  insertTicket,
  lockTicket,
  rewind,
  type TicketContext,
  type TicketRecord,
} from "./change-actions.ts";
import { mergeHistories } from "./clocks-domain.ts";
import * as clocks from "./clocks-store.ts";
import { isActive } from "./domain.ts";
import { readOffered } from "./handoff-store.ts";
import { readLookupKeys } from "./merge-store.ts";
import { writeNote } from "./note-actions.ts";
import { typedSubject } from "./subject-domain.ts";

const conflict = (detail: string) => new DomainError("ticket.conflict", detail);

/**
 * Closes one ticket in favour of another about the same order or thread; audited. Whoever waited in either still waits, and
 * what the other owes it owes by the earlier of both deadlines. Throws `ticket.not_found`, and `ticket.conflict` where
 * they speak with different buyers, one has ended, was merged or is with engineering.
 */
export async function mergeTicket(
  context: TicketContext & AuditContext,
  by: ByPerson,
  id: string,
  { into, reason }: MergeTicket,
): Promise<void> {
  if (id === into) throw conflict("A ticket cannot be merged into itself");
  await context.db.transaction(async (sql, within) => {
    // In one order, or two people who merge the same two both ways would wait for each other.
    const first = await lockTicket(sql, id < into ? id : into);
    const second = await lockTicket(sql, id < into ? into : id);
    const [source, target] = id < into ? [first, second] : [second, first];
    await requireMergeable(sql, source, target);
    const now = context.clock.now();
    const state =
      source.state !== "waiting_buyer" && target.state === "waiting_buyer" ? "open" : target.state;
    const merged = {
      ...{ state, unanswered: source.unanswered || target.unanswered },
      ...{ priority: moreUrgent(source.priority, target.priority) },
      conversationId: target.conversationId ?? source.conversationId,
      incidentId: target.incidentId ?? source.incidentId,
    };
    const history = mergeHistories(
      await clocks.listIntervals(sql, target.id),
      await clocks.listIntervals(sql, source.id),
    );
    await clocks.replaceIntervals(sql, target.id, history);
    await clocks.beginInterval(sql, target.id, { since: now, state, unanswered: merged.unanswered });
    const next = { ...target, ...merged };
    const nextDueAt = await rewind(sql, next);
    await applyChange(context, sql, next, { ...merged, nextDueAt }, [
      { type: "merged_in", by: by.staff, facts: { ticket: source.id, number: source.number } },
    ]);
    await moveOpenCalls(sql, source.id, target.id);
    await applyChange(context, sql, source, { state: "closed", mergedInto: target.id }, [
      { type: "merged", by: by.staff, facts: { ticket: target.id, number: target.number } },
    ]);
    await recordAudit({ ...context, db: within }, by, {
      ...{ action: "ticket.merged", target: { kind: "ticket", id }, reason },
      facts: { number: source.number, into: target.number },
    });
  });
}

const moreUrgent = (one: TicketPriority, other: TicketPriority): TicketPriority =>
  one <= other ? one : other;

async function requireMergeable(sql: Sql, source: TicketRecord, target: TicketRecord): Promise<void> {
  for (const ticket of [source, target])
    if (!isActive(ticket.state)) throw conflict(`Ticket ${ticket.number} has ended`);
  if (source.team === "engineering" || (await readOffered(sql, source.id)))
    throw conflict(`Ticket ${source.number} is with engineering: get it back first`);
  const others = <T>(one: T | null, other: T | null) => one !== null && other !== null && one !== other;
  if (
    others(source.conversationId, target.conversationId) ||
    others(source.orderId, target.orderId) ||
    (source.orderId === null && source.conversationId === null && source.sku !== target.sku)
  )
    throw conflict("They belong to different orders, so one answer could not reach both buyers");
}

/**
 * Makes a second ticket about the same order, for another matter that it turned out to be about; audited. Its id. Throws
 * `ticket.not_found`, `ticket.conflict` for one that was merged, and `request.invalid` for a subject that says how to
 * reach a person.
 */
export async function splitTicket(
  context: TicketContext & AuditContext,
  by: ByPerson,
  id: string,
  wanted: SplitTicket,
): Promise<string> {
  return await context.db.transaction(async (sql, within) => {
    const source = await lockTicket(sql, id);
    if (source.mergedInto !== null) throw conflict("The ticket was merged into another one");
    const newId = context.newId();
    const { conversationId, cause, orderId, sku, channel, code, origin, language, policy } = source;
    const row = await insertTicket(
      context,
      sql,
      {
        ...{ id: newId, conversationId, cause, orderId, sku, channel, code, origin, language, policy },
        ...(await readLookupKeys(sql, id)),
        ...{ causeKey: `split:${newId}`, subject: typedSubject(wanted.subject) },
        ...{ state: "open", priority: wanted.priority ?? source.priority, team: "support" },
        ...{ skills: source.skills, splitFrom: id, unanswered: conversationId !== null },
        openedAt: context.clock.now(),
      },
      { type: "opened", by: by.staff, facts: { splitFrom: source.number } },
    );
    if (!row) throw new Error("an id was made twice");
    if (wanted.claim) {
      const owner = { assigneeId: by.staff.id, assigneeName: by.staff.name, assignedAt: row.openedAt };
      await applyChange(context, sql, row, owner, [{ type: "claimed", by: by.staff }]);
    }
    if (wanted.note !== undefined) await writeNote(context, sql, newId, by.staff, wanted.note);
    await applyChange(context, sql, source, {}, [
      { type: "split", by: by.staff, facts: { ticket: newId, number: row.number } },
    ]);
    await recordAudit({ ...context, db: within }, by, {
      ...{ action: "ticket.split", target: { kind: "ticket", id } },
      facts: { number: source.number, into: row.number },
    });
    return newId;
  });
}
