import type { AlertLevel } from "@orderwatch/shared/ops/detection.ts";
import type { IncidentState } from "@orderwatch/shared/ops/incidents.ts";
import type { IncidentFit } from "@orderwatch/shared/ops/ticket-incidents.ts";
import type { TicketState } from "@orderwatch/shared/ops/tickets.ts";
import type { OrderStatus } from "@orderwatch/shared/shop/orders.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

const openIncident = "i.state in ('detected', 'acknowledged', 'mitigating', 'monitoring')";
const activeTicket = "t.state in ('new', 'open', 'waiting_buyer', 'waiting_engineering')";
const hasThread = "t.order_id is not null";
/** Others are about something that no order's outcome settles. */
const orderCauses = "t.cause in ('delivery_failed', 'payment_problem', 'risk_review', 'buyer', 'call_back')";

/** In what a ticket `t` and an incident `i` agree. */
const fit = `select
    exists (select from incident_orders a where a.incident_id = i.id and a.order_id = t.order_id) as "order",
    coalesce(t.channel = i.labels ->> 'channel', false) as channel,
    coalesce(t.sku = i.labels ->> 'sku', false) as sku,
    case i.rule when 'supplier-failing' then coalesce(t.code = 'delivery.supplier_failed', false)
      when 'ticket-burst' then coalesce(t.code = i.labels ->> 'code', false)
      else exists (select from jsonb_array_elements_text(i.scope -> 'failures') f where starts_with(t.code, f)) end as code,
    t.opened_at >= i.started_at - interval '5 minutes'
      and t.opened_at < coalesce(i.healed_at, i.resolved_at, 'infinity') + interval '5 minutes' as "time"`;

/** Enough to link a ticket without asking anybody: its order, or the code at the time and all labels that there are. */
const joins = `(f."order" or f.code and f."time" and (i.rule in ('supplier-failing', 'ticket-burst')
    or (i.labels ? 'channel' or i.labels ? 'sku') and (f.channel or not i.labels ? 'channel')
      and (f.sku or not i.labels ? 'sku')))`;

export interface Link {
  ticketId: string;
  /** As it was looked at: whatever has changed since is looked at again. */
  revision: number;
  incidentId: string;
  number: number;
}

/** Tickets that an open incident explains; what people took from an incident is left to them. From an id on. */
export async function listToLink(sql: Sql, from: string, limit: number): Promise<Link[]> {
  const { rows } = await sql.query<Link>(
    `select t.id as "ticketId", t.revision, i.id as "incidentId", i.number from tickets t
      cross join lateral (
        select i.id, i.number::float8 as number from incidents i cross join lateral (${fit}) f
        where ${openIncident} and (i.drill or t.origin <> 'drill') and ${joins}
          and not exists (select from ticket_events e where e.ticket_id = t.id and e.type = 'unlinked_incident'
            and e.facts ->> 'incidentId' = i.id::text)
        order by f."order" desc, i.level, i.id limit 1
      ) i
      where t.incident_id is null and t.merged_into is null and ${activeTicket} and ${orderCauses} and t.id >= $1
      order by t.id limit $2`,
    [from, limit],
  );
  return rows;
}

/** Tickets of incidents that were merged, with the one that these are part of now. */
export async function listMerged(sql: Sql, limit: number): Promise<(Link & { from: string })[]> {
  const { rows } = await sql.query<Link & { from: string }>(
    `select t.id as "ticketId", t.revision, m.id as "from", i.id as "incidentId", i.number::float8 as number
      from incidents m join tickets t on t.incident_id = m.id join incidents i on i.id = m.merged_into
      where m.state = 'merged' order by t.id limit $1`,
    [limit],
  );
  return rows;
}

export interface SuggestedRow extends Record<IncidentFit, boolean> {
  id: string;
  number: number;
  level: AlertLevel;
  state: IncidentState;
  title: Words;
  startedAt: Date;
}

/** Incidents that a ticket may be about: open ones, and those of its time; the likeliest first. */
export async function listFitting(sql: Sql, ticketId: string, limit: number): Promise<SuggestedRow[]> {
  const { rows } = await sql.query<SuggestedRow>(
    `select i.id, i.number::float8 as number, i.level, i.state, i.title, i.started_at as "startedAt", f.*
      from tickets t cross join incidents i cross join lateral (${fit}) f
      where t.id = $1 and i.state not in ('merged', 'false_alarm') and (i.drill or t.origin <> 'drill')
        and (${openIncident} or f."time") and (f."order" or f.channel or f.sku or f.code and f."time")
      order by f."order" desc, ${joins} desc, f."time" desc, i.level, i.id desc limit $2`,
    [ticketId, limit],
  );
  return rows;
}

export interface LinkedIncident {
  id: string;
  number: number;
  state: IncidentState;
}

export async function readIncident(sql: Sql, id: string): Promise<LinkedIncident | null> {
  const { rows } = await sql.query<LinkedIncident>(
    "select id, number::float8 as number, state from incidents where id = $1",
    [id],
  );
  return rows[0] ?? null;
}

/** Whoever has it goes first, so that what is counted and noted of an incident is so once. */
export async function lockIncident(sql: Sql, id: string): Promise<LinkedIncident | null> {
  const { rows } = await sql.query<LinkedIncident>(
    "select id, number::float8 as number, state from incidents where id = $1 for update",
    [id],
  );
  return rows[0] ?? null;
}

export interface Progress {
  id: string;
  incidentId: string;
  at: Date;
  text: Words | string;
  by: { id: string; name: string };
}

/** False when it was said before. */
export async function addProgress(sql: Sql, { id, incidentId, at, text, by }: Progress): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into incident_progress (id, incident_id, at, text, by_id, by_name) values ($1, $2, $3, $4, $5, $6)
      on conflict (id) do nothing`,
    [id, incidentId, at, JSON.stringify(text), by.id, by.name],
  );
  return rowCount === 1;
}

export async function readProgress(
  sql: Sql,
  id: string,
): Promise<Pick<Progress, "incidentId" | "at"> | null> {
  const { rows } = await sql.query<Pick<Progress, "incidentId" | "at">>(
    `select incident_id as "incidentId", at from incident_progress where id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

export async function countOpen(sql: Sql, incidentId: string): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `select count(*)::int as n from tickets t where t.incident_id = $1 and ${activeTicket}`,
    [incidentId],
  );
  return rows[0]?.n ?? 0;
}

/** Tickets of an incident by state; `reachable`: whose buyers hear what is told of it. */
export async function countByState(
  sql: Sql,
  incidentId: string,
): Promise<{ state: TicketState; n: number; reachable: number }[]> {
  const { rows } = await sql.query<{ state: TicketState; n: number; reachable: number }>(
    `select t.state, count(*)::int as n, (count(*) filter (where ${activeTicket} and ${hasThread}))::int as reachable
      from tickets t where t.incident_id = $1 group by t.state`,
    [incidentId],
  );
  return rows;
}

/** Newest first; `told`: tickets of the incident in whose threads it stands. */
export async function listProgress(
  sql: Sql,
  incidentId: string,
  limit: number,
): Promise<(Omit<Progress, "incidentId"> & { told: number })[]> {
  const { rows } = await sql.query<Omit<Progress, "incidentId"> & { told: number }>(
    `select p.id, p.at, p.text, jsonb_build_object('id', p.by_id, 'name', p.by_name) as by,
        (select count(distinct t.id)::int from tickets t join ticket_events e on e.ticket_id = t.id
          where t.incident_id = p.incident_id and e.type = 'progress_told' and e.facts ->> 'progress' = p.id::text) as told
      from incident_progress p where p.incident_id = $1 order by p.at desc, p.id desc limit $2`,
    [incidentId, limit],
  );
  return rows;
}

export interface Untold {
  ticketId: string;
  incidentId: string;
  progressId: string;
  text: Words | string;
}

/**
 * Who has not heard what was said since their ticket was linked, or the last word before that. What is said of a drill's
 * incident, which may pass for a real one, reaches no buyer.
 */
export async function listUntold(sql: Sql, limit: number): Promise<Untold[]> {
  const { rows } = await sql.query<Untold>(
    `select t.id as "ticketId", i.id as "incidentId", p.id as "progressId", p.text
      from incident_progress p join incidents i on i.id = p.incident_id and ${openIncident}
        join tickets t on t.incident_id = i.id and ${activeTicket}
      where ${hasThread} and not (i.drill and t.origin = 'buyer')
        and (p.at >= (select max(e.at) from ticket_events e where e.ticket_id = t.id and e.type = 'linked_incident')
          or p.id = (select q.id from incident_progress q where q.incident_id = i.id order by q.at desc, q.id desc limit 1))
        and not exists (select from conversation_messages m where m.key = 'progress:' || p.id and m.conversation_id =
          coalesce(t.conversation_id, (select c.id from conversations c where c.order_id = t.order_id)))
      order by p.at, p.id, t.id limit $1`,
    [limit],
  );
  return rows;
}

export interface Unanswered extends Link {
  orderId: string;
}

const noStuckRefund =
  "not exists (select from refunds r where r.order_id = o.id and r.status in ('abnormal', 'failed'))";
/** An order of which there is something to say, and nothing that its buyer says or waits for besides. */
const tellable = `(o.status in ('delivered', 'refunded') or o.status = 'refunding' and ${noStuckRefund})
  and not exists (select from conversations c where c.order_id = o.id and c.news > c.taken)
  and not exists (select from ticket_calls k where k.ticket_id = t.id and k.state = 'open')`;

/** Tickets of resolved incidents whose order has come to its end and whose buyer was not told by it. */
export async function listUnanswered(sql: Sql, limit: number): Promise<Unanswered[]> {
  const { rows } = await sql.query<Unanswered>(
    `select t.id as "ticketId", t.revision, t.order_id as "orderId", i.id as "incidentId", i.number::float8 as number
      from incidents i join tickets t on t.incident_id = i.id and ${activeTicket} and ${orderCauses}
        join orders o on o.id = t.order_id
      where i.state in ('resolved', 'reviewed') and ${tellable}
        and not exists (select from ticket_events e where e.ticket_id = t.id and e.type = 'outcome_told'
          and e.facts ->> 'incidentId' = i.id::text)
      order by t.id limit $1`,
    [limit],
  );
  return rows;
}

/** Null when there is nothing to say of it any more. */
export async function readStatus(sql: Sql, ticketId: string): Promise<OrderStatus | null> {
  const { rows } = await sql.query<{ status: OrderStatus }>(
    `select o.status from tickets t join orders o on o.id = t.order_id where t.id = $1 and ${tellable}`,
    [ticketId],
  );
  return rows[0]?.status ?? null;
}

export interface Counted {
  incidentId: string;
  linked: number;
  answered: number;
}

const counts = `select i.id as "incidentId", c.* from incidents i
  cross join lateral (
    select count(*)::int as linked, (count(*) filter (where exists (select from ticket_events e where e.ticket_id = t.id
        and e.type = 'outcome_told' and e.facts ->> 'incidentId' = i.id::text)))::int as answered
    from tickets t where t.incident_id = i.id
  ) c
  cross join lateral (
    select coalesce(max((e.facts ->> 'linked')::int), 0) as linked, coalesce(max((e.facts ->> 'answered')::int), 0) as answered
    from incident_events e where e.incident_id = i.id and e.type = 'tickets.counted'
  ) noted
  where (c.linked > noted.linked or c.answered > noted.answered)`;

/** Incidents to which more tickets belong than their timelines say. Those that ended before `since` are left alone. */
export async function listUncounted(sql: Sql, since: Date): Promise<Counted[]> {
  const { rows } = await sql.query<Counted>(
    `${counts} and (${openIncident} or i.resolved_at >= $1) order by i.id`,
    [since],
  );
  return rows;
}

export async function readUncounted(sql: Sql, incidentId: string): Promise<Counted | null> {
  const { rows } = await sql.query<Counted>(`${counts} and i.id = $1`, [incidentId]);
  return rows[0] ?? null;
}

export async function oldestOpen(sql: Sql): Promise<Date | null> {
  const { rows } = await sql.query<{ at: Date | null }>(
    `select min(started_at) as at from incidents i where ${openIncident}`,
  );
  return rows[0]?.at ?? null;
}
