import { firstIdAt } from "@orderwatch/shared/ids.ts";
import type { OrderStatus, Origin } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";
import type { Scope } from "./domain.ts";

/** An event's id may be older than its row's time and its commit by this much. */
const slackMs = 60_000;

/**
 * Orders that may have waited too long for delivery: each branch has an index that those delivered at once are not in, since
 * this is looked at every second for as long as an incident is open.
 */
const slowOrders = `select * from orders where status in ('paid', 'delivering')
        union all select * from orders
        where delivered_at - paid_at > interval '10 seconds' or status in ('delivery_failed', 'under_review', 'refunding')`;

/**
 * Adds the orders that had trouble of this scope between two moments, and remembers how far it looked, if nobody was
 * faster. Drills' orders are left out unless it is a drill. Returns how many are new.
 */
export async function addAffected(
  sql: Sql,
  scan: { incidentId: string; scope: Scope; from: Date; to: Date; drill: boolean },
): Promise<number> {
  const { incidentId, scope, from, to, drill } = scan;
  const { rowCount } = await sql.query(
    `with slow as (
        ${slowOrders}
      ), trouble as (
        select e.order_id from order_events e
        where e.id >= $2::uuid and e.id < $4::uuid and e.at >= $3 and e.at < $5 and e.type in ('failed', 'delivery_retry')
          and e.code is not null and exists (select from unnest($6::text[]) prefix where starts_with(e.code, prefix))
          and ($7::text is null or e.method = $7) and (e.origin <> 'drill' or $8)
        union
        select o.id from slow o
        where $9::float8 is not null and o.id >= $10::uuid and o.id < $4::uuid and o.status <> 'refunded'
          and o.paid_at >= $3::timestamptz - make_interval(secs => $9) and o.paid_at < $5::timestamptz - make_interval(secs => $9)
          and coalesce(o.delivered_at, $5) - o.paid_at > make_interval(secs => $9)
          and ($7::text is null or o.payment_method = $7) and (o.origin <> 'drill' or $8)
      )
      insert into incident_orders (incident_id, order_id, added_at)
      select $1, t.order_id, $5 from trouble t
      where ($11::text is null or exists (select from order_lines l join products p on p.id = l.product_id
          where l.order_id = t.order_id and p.sku = $11))
        and not exists (select from incident_orders known where known.incident_id = $1 and known.order_id = t.order_id)
      on conflict do nothing`,
    [
      ...[incidentId, firstIdAt(from.getTime() - slackMs), from, firstIdAt(to.getTime() + slackMs), to],
      ...[scope.failures, scope.channel ?? null, drill, scope.stuckAfterS],
      // An order is paid within its hold, at most fifteen minutes after it was placed.
      firstIdAt(from.getTime() - 20 * 60_000),
      scope.sku ?? null,
    ],
  );
  return rowCount ?? 0;
}

export async function setScannedTo(sql: Sql, incidentId: string, to: Date): Promise<void> {
  await sql.query("update incidents set scanned_to = greatest(scanned_to, $2) where id = $1", [
    incidentId,
    to,
  ]);
}

/** Orders that a person named; those that do not exist are left out. */
export async function addNamed(
  sql: Sql,
  incidentId: string,
  orderIds: readonly string[],
  now: Date,
): Promise<void> {
  await sql.query(
    `insert into incident_orders (incident_id, order_id, added_at)
      select $1, o.id, $3 from orders o where o.id = any ($2::uuid[]) on conflict do nothing`,
    [incidentId, orderIds, now],
  );
}

export interface CountedOrders {
  incidentId: string;
  status: OrderStatus;
  waived: boolean;
  origin: Origin;
  n: number;
  amountFen: number;
}

export async function countAffected(sql: Sql, incidentIds: readonly string[]): Promise<CountedOrders[]> {
  const { rows } = await sql.query<CountedOrders>(
    `select i.incident_id as "incidentId", o.status, i.waived_at is not null as waived, o.origin, count(*)::int as n,
        sum(o.amount_fen)::float8 as "amountFen"
      from incident_orders i join orders o on o.id = i.order_id
      where i.incident_id = any ($1::uuid[]) group by 1, 2, 3, 4`,
    [incidentIds],
  );
  return rows;
}

export interface AffectedRow {
  orderId: string;
  status: OrderStatus;
  origin: Origin;
  amountFen: number;
  failureCode: string | null;
  createdAt: Date;
  waivedBy: string | null;
  waivedReason: string | null;
  waived: boolean;
}

/** Newest first. */
export async function listAffected(
  sql: Sql,
  filter: {
    incidentId: string;
    /** Null: all. */
    statuses: readonly OrderStatus[] | null;
    waived: boolean | null;
    origin?: Origin;
    before: string | null;
    limit: number;
  },
): Promise<AffectedRow[]> {
  const { rows } = await sql.query<AffectedRow>(
    `select o.id as "orderId", o.status, o.origin, o.amount_fen as "amountFen", o.failure_code as "failureCode",
        o.created_at as "createdAt", i.waived_by as "waivedBy", i.waived_reason as "waivedReason",
        i.waived_at is not null as waived
      from incident_orders i join orders o on o.id = i.order_id
      where i.incident_id = $1 and ($2::text[] is null or o.status = any ($2))
        and ($3::boolean is null or (i.waived_at is not null) = $3) and ($4::uuid is null or o.id < $4)
        and ($6::text is null or o.origin = $6)
      order by o.id desc limit $5`,
    [
      ...[filter.incidentId, filter.statuses, filter.waived, filter.before, filter.limit],
      filter.origin ?? null,
    ],
  );
  return rows;
}

/** Which of these orders the incident affected. */
export async function affectedAmong(
  sql: Sql,
  incidentId: string,
  orderIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql.query<{ id: string }>(
    `select order_id as id from incident_orders where incident_id = $1 and order_id = any ($2::uuid[])`,
    [incidentId, orderIds],
  );
  return new Set(rows.map(({ id }) => id));
}

/** False when somebody has waived it already. */
export async function waive(
  sql: Sql,
  waiver: {
    incidentId: string;
    orderId: string;
    by: { id: string; name: string };
    reason: string;
    now: Date;
  },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update incident_orders set waived_at = $3, waived_by_id = $4, waived_by = $5, waived_reason = $6
      where incident_id = $1 and order_id = $2 and waived_at is null`,
    [waiver.incidentId, waiver.orderId, waiver.now, waiver.by.id, waiver.by.name, waiver.reason],
  );
  return rowCount === 1;
}

/** Those of these orders that an incident touched. */
export async function touchedOrders(sql: Sql, orderIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    "select distinct order_id as id from incident_orders where order_id = any($1)",
    [orderIds],
  );
  return rows.map(({ id }) => id);
}
