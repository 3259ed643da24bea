import { firstIdAt } from "@orderwatch/shared/ids.ts";
import {
  type IncidentSuggestion,
  type IncidentTickets,
  incidentFits,
  type LinkIncident,
  type TellProgress,
  type ToldProgress,
} from "@orderwatch/shared/ops/ticket-incidents.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Sql } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import { type AuditContext, recordAudit } from "../audit/actions.ts";
import { note } from "../incidents/actions.ts";
import {
  applyChange,
  type ByPerson,
  lockTicket,
  type TicketContext,
  ticketById,
} from "../tickets/actions.ts";
import { eachAlone } from "./alone.ts";
import * as store from "./store.ts";

export { answerOutcomes, tellProgressDue } from "./telling-actions.ts";

const openStates: readonly string[] = ["detected", "acknowledged", "mitigating", "monitoring"];
const atOnce = 200;
/** An order may have failed, and have its ticket, so long before the incident that struck it again. */
const beforeMs = 3_600_000;
/** Tickets that are older are linked by people. */
const lookBackMs = 24 * 3_600_000;

/**
 * Links tickets to the open incident that explains them, and those of a merged one to what it is part of. On several consoles
 * at once each is linked by one; a ticket that people took out of an incident is not put back.
 */
export async function linkTickets(context: TicketContext): Promise<{ more: boolean }> {
  const { sql } = context.db;
  const oldest = await store.oldestOpen(sql);
  const fromMs = Math.max((oldest?.getTime() ?? 0) - beforeMs, context.clock.now().getTime() - lookBackMs);
  const due = oldest === null ? [] : await store.listToLink(sql, firstIdAt(fromMs), atOnce);
  const moved = await store.listMerged(sql, atOnce);
  const linked = await eachAlone(context, [...due, ...moved], async (within, link) => {
    const ticket = await lockTicket(within, link.ticketId);
    if (ticket.revision !== link.revision) return false;
    await linkLocked(context, within, ticket, link);
    return true;
  });
  return { more: linked > 0 && (due.length === atOnce || moved.length === atOnce) };
}

type Locked = Awaited<ReturnType<typeof lockTicket>>;

async function linkLocked(
  context: TicketContext,
  sql: Sql,
  ticket: Locked,
  { incidentId, number, by }: { incidentId: string; number: number; by?: ByPerson["staff"] },
): Promise<void> {
  const facts = { incident: number, incidentId };
  await applyChange(context, sql, ticket, { incidentId }, [{ type: "linked_incident", by, facts }]);
  await faultPoint("ticket.linking");
}

/** The likeliest first. Throws `ticket.not_found`. */
export async function listSuggestions(
  context: Pick<TicketContext, "db">,
  ticketId: string,
): Promise<{ items: IncidentSuggestion[]; nextCursor: null }> {
  await ticketById(context, ticketId);
  const rows = await store.listFitting(context.db.sql, ticketId, 10);
  return {
    items: rows.map((row) => {
      const { id, number, level, state, title, startedAt } = row;
      return {
        incident: { id, number, level, state, title, startedAt: startedAt.toISOString() },
        because: incidentFits.filter((fit) => row[fit]),
      };
    }),
    nextCursor: null,
  };
}

/**
 * A person's word on what a ticket is about; audited. Throws `ticket.not_found`, `incident.not_found`, and
 * `incident.conflict` for one that was merged or a false alarm.
 */
export async function linkByHand(
  context: TicketContext & AuditContext,
  by: ByPerson,
  id: string,
  { incidentId }: LinkIncident,
): Promise<void> {
  await context.db.transaction(async (sql, within) => {
    const ticket = await lockTicket(sql, id);
    if (ticket.incidentId === incidentId) return;
    const incident = incidentId === null ? null : await found(sql, incidentId);
    if (incident?.state === "merged" || incident?.state === "false_alarm")
      throw new DomainError("incident.conflict", "It was merged, or a false alarm");
    const before = ticket.incidentId === null ? null : await found(sql, ticket.incidentId);
    const left = before
      ? await applyChange(context, sql, ticket, { incidentId: null }, [
          {
            ...{ type: "unlinked_incident", by: by.staff },
            facts: { incident: before.number, incidentId: before.id },
          },
        ])
      : ticket;
    if (incident)
      await linkLocked(context, sql, left, {
        ...{ incidentId: incident.id, number: incident.number, by: by.staff },
      });
    await recordAudit({ ...context, db: within }, by, {
      ...{ action: incident ? "ticket.linked" : "ticket.unlinked", target: { kind: "ticket", id } },
      facts: { number: ticket.number, from: before?.number ?? null, to: incident?.number ?? null },
    });
  });
}

async function found(sql: Sql, id: string): Promise<store.LinkedIncident> {
  const incident = await store.readIncident(sql, id);
  if (!incident) throw new DomainError("incident.not_found", `No incident ${id}`);
  return incident;
}

/**
 * Says once how it goes; the buyers of linked tickets, and of those that are linked while it lasts, hear it within seconds.
 * Throws `incident.not_found`, and `incident.conflict` when it has ended or the id is another incident's.
 */
export async function tellProgress(
  context: TicketContext & AuditContext,
  by: ByPerson,
  incidentId: string,
  { id = context.newId(), text }: TellProgress,
): Promise<ToldProgress> {
  return await context.db.transaction(async (sql, within) => {
    const incident = await store.lockIncident(sql, incidentId);
    if (!incident) throw new DomainError("incident.not_found", `No incident ${incidentId}`);
    const now = context.clock.now();
    const known = await store.readProgress(sql, id);
    if (known === null) {
      if (!openStates.includes(incident.state)) throw new DomainError("incident.conflict", "It has ended");
      await store.addProgress(sql, { id, incidentId, at: now, text, by: by.staff });
      const entry = { type: "tickets.progress", by: by.staff, text, facts: { progress: id } };
      await note({ ...context, on: {} }, sql, incidentId, entry);
      await recordAudit({ ...context, db: within }, by, {
        ...{ action: "incident.progressTold", target: { kind: "incident", id: incidentId } },
        facts: { progress: id },
      });
    } else if (known.incidentId !== incidentId)
      throw new DomainError("incident.conflict", "This was said of another incident");
    return {
      ...{ id, at: (known?.at ?? now).toISOString() },
      tickets: await store.countOpen(sql, incidentId),
    };
  });
}

/** An incident's tickets by their states, and what their buyers were told. Throws `incident.not_found`. */
export async function readIncidentTickets(
  { db: { sql } }: Pick<TicketContext, "db">,
  incidentId: string,
): Promise<IncidentTickets> {
  await found(sql, incidentId);
  const [states, progress] = await Promise.all([
    store.countByState(sql, incidentId),
    store.listProgress(sql, incidentId, 50),
  ]);
  const byState = { new: 0, open: 0, waiting_buyer: 0, waiting_engineering: 0, resolved: 0, closed: 0 };
  for (const { state, n } of states) byState[state] = n;
  return {
    byState,
    reach: states.reduce((sum, { reachable }) => sum + reachable, 0),
    progress: progress.map(({ at, ...rest }) => ({ ...rest, at: at.toISOString() })),
  };
}

const countedForMs = 7 * 86_400_000;

/** Adds to incidents' timelines how many tickets belong to them and how many buyers were answered, where that has grown. */
export async function noteCounts(context: TicketContext): Promise<void> {
  const since = new Date(context.clock.now().getTime() - countedForMs);
  const grown = await store.listUncounted(context.db.sql, since);
  await eachAlone(context, grown, async (sql, { incidentId }) => {
    await store.lockIncident(sql, incidentId);
    const now = await store.readUncounted(sql, incidentId);
    if (!now) return false;
    const { linked, answered } = now;
    await note({ ...context, on: {} }, sql, incidentId, {
      ...{ type: "tickets.counted", facts: { linked, answered } },
      text: {
        "zh-CN": `关联工单 ${linked} 张，已答复 ${answered} 位买家`,
        en: `Linked tickets: ${linked}; answered by its end: ${answered}`,
      },
    });
    return true;
  });
}
