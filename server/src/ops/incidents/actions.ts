import { Id } from "@orderwatch/shared/ids.ts";
import type { Alert } from "@orderwatch/shared/ops/detection.ts";
import type { Incident, IncidentDetail, IncidentsQuery } from "@orderwatch/shared/ops/incidents.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Sql } from "../../platform/db.ts";
import * as alerts from "./alerts-actions.ts";
import {
  applyChange,
  type IncidentContext,
  lockIncident,
  type Note,
  scanAffected,
} from "./change-actions.ts";
import * as clocks from "./deadlines-store.ts";
import { openStates } from "./domain.ts";
import * as store from "./store.ts";
import { toDetail, toViews } from "./views-actions.ts";

export type { IncidentContext, IncidentHooks, IncidentRow, Note } from "./change-actions.ts";
export { actOnOrders, listOrders } from "./orders-actions.ts";
export { touchedOrders } from "./orders-store.ts";
export {
  addNote,
  assignRole,
  changeLevel,
  declare,
  merge,
  planStarted,
  transition,
} from "./staff-actions.ts";
export { countOpen, openAmong } from "./store.ts";
export { declareBySystem } from "./system-actions.ts";
export { passesForReal } from "./views-actions.ts";

/** What detection tells incidents, in the transaction that writes the alert. */
export function alertHooks(context: IncidentContext) {
  return {
    alertFired: (sql: Sql, alert: Alert, of: { run: string | null } = { run: null }) =>
      alerts.alertFired(context, sql, alert, of),
    alertResolved: (sql: Sql, alert: Alert) => alerts.alertResolved(context, sql, alert),
  };
}

/** Adds to an incident's timeline for another domain, in its transaction. Throws `incident.not_found`. */
export async function note(context: IncidentContext, sql: Sql, id: string, entry: Note): Promise<void> {
  await lockIncident(sql, id);
  await applyChange(context, sql, id, {}, [entry], context.clock.now());
}

/** Newest first. Throws `request.invalid` for a cursor that is not ours. */
export async function listIncidents(
  { db }: Pick<IncidentContext, "db">,
  { cursor, limit, state, level, rule }: IncidentsQuery,
): Promise<{ items: Incident[]; nextCursor: string | null }> {
  if (cursor !== undefined && !Id.safeParse(cursor).success)
    throw new DomainError("request.invalid", "cursor: not one of ours", {
      errors: [{ path: "cursor", message: "not one of ours" }],
    });
  const rows = await store.list(db.sql, {
    ...{ level: level ?? null, rule: rule ?? null, before: cursor ?? null, limit: limit + 1 },
    states: statesOf(state),
  });
  const page = rows.slice(0, limit);
  return {
    items: await toViews(db.sql, page),
    nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}

function statesOf(state: IncidentsQuery["state"]): store.ListFilter["states"] {
  if (state === undefined) return null;
  if (state === "open") return openStates;
  return state === "ended" ? ["resolved", "reviewed", "merged", "false_alarm"] : [state];
}

/** Throws `incident.not_found`. */
export async function readIncident({ db }: Pick<IncidentContext, "db">, id: string): Promise<IncidentDetail> {
  const row = await store.read(db.sql, id);
  if (!row) throw new DomainError("incident.not_found", `No incident ${id}`);
  return await toDetail(db.sql, row);
}

/** All that is open, worst first; for whoever decides by it. */
export async function listOpen({ db }: Pick<IncidentContext, "db">): Promise<Incident[]> {
  const rows = await store.list(db.sql, {
    ...{ level: null, rule: null, before: null, limit: 500, states: openStates },
  });
  return await toViews(
    db.sql,
    rows.sort((a, b) => a.level - b.level || a.number - b.number),
  );
}

/** Incidents that changed from a moment on, in the order of their changes; `toViews` makes what people are told of them. */
export const listChanged = (
  { db }: Pick<IncidentContext, "db">,
  since: Date,
  limit: number,
): Promise<store.IncidentRow[]> => store.listChanged(db.sql, since, limit);

const sweptAtOnce = 200;
const scanEveryMs = 2_000;
/** A look takes no longer, however many are open, so that whoever changes one does not wait; the oldest come first. */
const lookForMs = 250;

/**
 * What time does to incidents: deadlines pass, healed ones move on, and new orders are found to be affected. May run on
 * several consoles at once and after any pause; each thing happens once.
 */
export async function sweep(context: IncidentContext): Promise<{ more: boolean }> {
  const now = context.clock.now();
  const overdue = await clocks.listOverdue(context.db.sql, now, sweptAtOnce);
  for (const id of overdue)
    await alone(context, id, async (sql) => {
      await lockIncident(sql, id);
      // Whoever came first has said it; then there is nothing to make newer.
      if ((await clocks.countUnsaid(sql, id, now)) > 0) await applyChange(context, sql, id, {}, [], now);
    });
  const due = await store.listToLookAt(context.db.sql, new Date(now.getTime() - scanEveryMs), sweptAtOnce);
  const enoughAt = performance.now() + lookForMs;
  for (const id of due) {
    if (performance.now() > enoughAt) break;
    await alone(context, id, async (sql) => {
      const incident = await lockIncident(sql, id);
      if (await alerts.settleHealed(context, sql, incident, now)) return;
      if (now.getTime() - incident.scannedTo.getTime() < scanEveryMs) return;
      if ((await scanAffected(sql, incident, now)) > 0) await applyChange(context, sql, id, {}, [], now);
    });
  }
  return { more: overdue.length === sweptAtOnce };
}

/** One that cannot be looked at holds no other up; it is tried again at the next look. */
async function alone(
  { db, log }: IncidentContext,
  incidentId: string,
  work: (sql: Sql) => Promise<void>,
): Promise<void> {
  try {
    await db.transaction(work);
  } catch (error) {
    log.error({ err: error, incidentId }, "an incident could not be looked at; it is tried again");
  }
}
