import type { AlertLevel } from "@orderwatch/shared/ops/detection.ts";
import type { RunbookAction } from "@orderwatch/shared/ops/runbooks.ts";
import type { Sql } from "../../platform/db.ts";

export interface ScoredIncident {
  rule: string | null;
  level: AlertLevel;
  openedAt: Date;
  acknowledgedAt: Date | null;
  planStartedAt: Date | null;
  mitigatedAt: Date | null;
  resolvedAt: Date | null;
  actedAt: Date | null;
  saidAt: Date | null;
  runbooks: string[];
}

/** Steps that act, but not on the shop: who calls, tells or compares has mitigated nothing. */
const idleActions: RunbookAction[] = ["call_third_party", "tell_buyers", "run_reconciliation"];

/** Incidents with the level that they opened with and the runbooks of which a step was executed, the first to open first. */
export async function readIncidents(sql: Sql, ids: readonly string[]): Promise<ScoredIncident[]> {
  const { rows } = await sql.query<ScoredIncident>(
    `select rule, coalesce((select level from incident_levels l where l.incident_id = i.id order by l.at limit 1), level) as level,
        opened_at as "openedAt", acknowledged_at as "acknowledgedAt", mitigated_at as "mitigatedAt",
        resolved_at as "resolvedAt",
        (select min(s.at) from runbook_steps s where s.incident_id = i.id and s.action <> all($2)
          and s.state not in ('acting', 'failed') and s.verdict is distinct from 'worse') as "actedAt",
        (select min(e.at) from incident_events e where e.incident_id = i.id and e.type = 'state.changed'
          and e.by_id is not null and e.facts ->> 'to' in ('monitoring', 'resolved')
          and e.facts ->> 'from' <> 'monitoring') as "saidAt",
        least(plan_started_at, (select min(s.at) from runbook_steps s where s.incident_id = i.id)) as "planStartedAt",
        coalesce((select array_agg(distinct s.slug) from runbook_steps s where s.incident_id = i.id), '{}') as runbooks
      from incidents i where id = any($1) order by opened_at, id`,
    [ids, idleActions],
  );
  return rows;
}

/** Pages about incidents, and how many reached their person: received or read. */
export async function readPages(
  sql: Sql,
  ids: readonly string[],
): Promise<{ sent: number; delivered: number; firstDeliveredAt: Date | null }> {
  const { rows } = await sql.query<{ sent: number; delivered: number; firstDeliveredAt: Date | null }>(
    `select count(*)::int as sent,
        (count(*) filter (where coalesce(n.delivered_at, n.read_at, into_one.delivered_at) is not null))::int as delivered,
        min(coalesce(n.delivered_at, n.read_at, into_one.delivered_at)) as "firstDeliveredAt"
      from notifications n left join notifications into_one on into_one.id = n.bundled_into
      where n.incident_id = any($1) and n.kind = 'page'`,
    [ids],
  );
  return rows[0] ?? { sent: 0, delivered: 0, firstDeliveredAt: null };
}

/** Buyers' orders that failed by our fault within a span, drills' and shoppers' left out. */
export async function countBuyersFailed(sql: Sql, from: Date, until: Date): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `select count(distinct order_id)::int as n from order_events
      where id >= first_id_at($1) and id < first_id_at($2) and origin = 'buyer' and type = 'failed'
        and (code like 'delivery.%' or code = 'payment.channel_unavailable')`,
    [from, until],
  );
  return rows[0]?.n ?? 0;
}

/** Whatever a person does to a ticket that makes it theirs. */
const takenOver = ["claimed", "assigned", "handoff_accepted", "replied", "resolved"];

/** Orders whose delivery failed within a span for good; those of them with a ticket, and with one that a person took over in it. */
export async function countFailedOrders(
  sql: Sql,
  from: Date,
  until: Date,
): Promise<{ count: number; withTicket: number; taken: number }> {
  const { rows } = await sql.query<{ count: number; withTicket: number; taken: number }>(
    `select count(*)::int as count, (count(*) filter (where exists (select from tickets t where t.order_id = f.order_id)))::int
        as "withTicket",
        (count(*) filter (where exists (select from tickets t join ticket_events e on e.ticket_id = t.id
          where t.order_id = f.order_id and e.by_id is not null and e.type = any($3)
            and e.at >= $1 and e.at < $2)))::int as taken
      from (select distinct order_id from order_events
        where id >= first_id_at($1) and id < first_id_at($2) and type = 'failed' and status = 'delivery_failed') f`,
    [from, until, takenOver],
  );
  return rows[0] ?? { count: 0, withTicket: 0, taken: 0 };
}

/** Codes by which orders failed within a span, the most frequent first. */
export async function listMoved(sql: Sql, from: Date, until: Date): Promise<string[]> {
  const { rows } = await sql.query<{ code: string }>(
    `select code from order_events where id >= first_id_at($1) and id < first_id_at($2) and type = 'failed'
        and code is not null group by code order by count(*) desc, code limit 5`,
    [from, until],
  );
  return rows.map(({ code }) => code);
}
