import type {
  AffectedOrders,
  Incident,
  IncidentDetail,
  SimilarIncident,
  TimelineEntry,
} from "@orderwatch/shared/ops/incidents.ts";
import type { Sql } from "../../platform/db.ts";
import * as clocks from "./deadlines-store.ts";
import { movesOf, outcomeOf } from "./domain.ts";
import { type CountedOrders, countAffected } from "./orders-store.ts";
import * as store from "./store.ts";

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
const person = (id: string | null, name: string | null) =>
  id === null || name === null ? null : { id, name };

function groupBy<T extends { incidentId: string }>(rows: readonly T[]): Map<string, T[]> {
  return Map.groupBy(rows, (row) => row.incidentId);
}

/** What became of an incident's orders, in one sum. Shoppers' orders are no business figures. */
export function sumAffected(counted: readonly CountedOrders[], frozenAt: Date | null): AffectedOrders {
  const sum = { total: 0, unreconciled: 0, waiting: 0, delivered: 0, refunded: 0, unpaid: 0, waived: 0 };
  let [valueAtRiskFen, simulated] = [0, 0];
  for (const { status, waived, origin, n, amountFen } of counted) {
    if (origin === "simulated") {
      simulated += n;
      continue;
    }
    const outcome = outcomeOf(status, waived);
    sum[outcome] += n;
    sum.total += n;
    if (outcome === "unreconciled" || outcome === "waiting") valueAtRiskFen += amountFen;
  }
  return { ...sum, valueAtRiskFen, simulated, frozenAt: iso(frozenAt) };
}

export async function readAffected(
  sql: Sql,
  incident: Pick<store.IncidentRow, "id" | "frozenAt">,
): Promise<AffectedOrders> {
  return sumAffected(await countAffected(sql, [incident.id]), incident.frozenAt);
}

/** Whether it is a surprise drill's that is not over, of which nobody may see that it is one. */
export const passesForReal = async (sql: Sql, id: string): Promise<boolean> =>
  (await store.listSurprises(sql, [id])).length > 0;

/** Incidents as they are told to people, in the order given; one of a surprise drill passes for real until that is over. */
export async function toViews(sql: Sql, rows: readonly store.IncidentRow[]): Promise<Incident[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const deadlines = groupBy(await clocks.listDeadlines(sql, ids));
  const roles = groupBy((await store.listRoles(sql, ids)).filter((role) => role.until === null));
  const orders = groupBy(await countAffected(sql, ids));
  const alerts = await store.countAlerts(sql, ids);
  const surprises = rows.some(({ drill }) => drill) ? await store.listSurprises(sql, ids) : [];
  return rows.map((row) => {
    const held = (roles.get(row.id) ?? []).map(({ role, staffId, name }) => [role, { id: staffId, name }]);
    const byRole: Incident["roles"] = Object.fromEntries(held);
    return {
      ...{ id: row.id, number: row.number, level: row.level, state: row.state, title: row.title },
      ...{ rule: row.rule, labels: row.labels, runbook: row.runbook },
      drill: row.drill && !surprises.includes(row.id),
      startedAt: row.startedAt.toISOString(),
      openedAt: row.openedAt.toISOString(),
      detectedAt: row.openedAt.toISOString(),
      acknowledgedAt: iso(row.acknowledgedAt),
      planStartedAt: iso(row.planStartedAt),
      thirdPartyEngagedAt: iso(row.thirdPartyEngagedAt),
      mitigatedAt: iso(row.mitigatedAt),
      healedAt: iso(row.healedAt),
      resolvedAt: iso(row.resolvedAt),
      reviewedAt: iso(row.reviewedAt),
      acknowledgedBy: person(row.acknowledgedById, row.acknowledgedBy),
      commander: byRole.commander ?? null,
      roles: byRole,
      // A clock of a level that it no longer has is shown only where it was missed.
      deadlines: (deadlines.get(row.id) ?? [])
        .filter((one) => one.active || one.missedAt !== null)
        .map(({ kind, level, dueAt, metAt, missedAt }) => ({
          ...{ kind, level, dueAt: dueAt.toISOString(), metAt: iso(metAt) },
          missed: missedAt !== null || (metAt !== null && metAt > dueAt),
        })),
      alerts: alerts.get(row.id) ?? { total: 0, firing: 0 },
      affected: sumAffected(orders.get(row.id) ?? [], row.frozenAt),
      mergedInto: row.mergedInto,
      transitions: movesOf(row.state),
      revision: row.revision,
      changedAt: row.changedAt.toISOString(),
    };
  });
}

const similarAtMost = 5;

/** Everything about one incident. */
export async function toDetail(sql: Sql, row: store.IncidentRow): Promise<IncidentDetail> {
  const [view] = await toViews(sql, [row]);
  if (!view) throw new Error("an incident without its view");
  const events = await store.listEvents(sql, row.id);
  const similar = await store.listSimilar(sql, row, similarAtMost);
  const terms = await store.listRoles(sql, [row.id]);
  return {
    ...view,
    timeline: events.map(toEntry),
    similar: similar.map(toSimilar),
    roleHistory: terms.map(({ role, staffId, name, since, until }) => ({
      ...{ role, person: { id: staffId, name } },
      ...{ since: since.toISOString(), until: iso(until) },
    })),
  };
}

function toEntry({ byId, byName, at, ...event }: store.EventRow): TimelineEntry {
  return { ...event, at: at.toISOString(), by: person(byId, byName) };
}

function toSimilar(row: store.IncidentRow): SimilarIncident {
  const { id, number, level, state, title, labels, endedBy } = row;
  return {
    ...{ id, number, level, state, title, labels, endedBy },
    openedAt: row.openedAt.toISOString(),
    resolvedAt: iso(row.resolvedAt),
  };
}
