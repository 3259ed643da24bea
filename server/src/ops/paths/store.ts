import type { DeviceClass } from "@orderwatch/shared/shop/beacons.ts";
import type { OrderStatus, Origin, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";
import { visitEndsAfterMs } from "./domain.ts";

export interface PathFilter {
  /** Visits that began from here on … */
  from: Date;
  /** … and before this. */
  to: Date;
  /** What happened from here on is not counted. */
  until: Date;
  origins: readonly Origin[];
  device?: DeviceClass | undefined;
  sku?: string | undefined;
  method?: Tender | undefined;
}

/**
 * The visits that began from `$1` to `$2`, and what they did before `$7` and before they were over. Orders are found by the time in their ids, so that ordering pays for no index by session; an
 * id may be some minutes older than its row.
 */
const scope = `
  visit as materialized (
    select session, device, origin, began_at from visits
    where began_at >= $1 and began_at < $2 and origin = any ($3) and ($4::text is null or device = $4)
  ), step as materialized (
    select s.session, s.step, s.sku, s.code from visit_steps s join visit using (session)
    where s.at >= $1 and s.at < $7 and s.at < began_at + $8::interval and ($5::text is null or s.sku = $5)
  ), ordered as materialized (
    select o.id, o.session, o.payment_method, o.failure_code, o.status,
      4 | case when o.paid_at < least($7, began_at + $8::interval) then 8 else 0 end
        | case when o.delivered_at < least($7, began_at + $8::interval) then 16 else 0 end as bits
    from orders o join visit using (session)
    where o.id >= first_id_at($1::timestamptz - interval '1 hour') and o.id < first_id_at($7::timestamptz + interval '1 hour')
      and o.created_at >= $1 and o.created_at < $7 and o.created_at < began_at + $8::interval and o.origin = any ($3)
      and ($6::text is null or o.payment_method = $6)
      and ($5::text is null or exists (
        select from order_lines l join products p on p.id = l.product_id where l.order_id = o.id and p.sku = $5))
  ), seen as materialized (
    select visit.session, visit.device, visit.origin, coalesce(bit_or(known.bits), 0) as bits
    from visit left join (
      select session, case step when 'product' then 1 when 'checkout' then 2 else 0 end as bits from step
      union all select session, bits from ordered
    ) known using (session)
    group by 1, 2, 3
  )`;

const visitEndsAfter = `${visitEndsAfterMs} milliseconds`;

const scopeValues = (filter: PathFilter) => [
  filter.from,
  filter.to,
  filter.origins,
  filter.device ?? null,
  filter.sku ?? null,
  filter.method ?? null,
  filter.until,
  visitEndsAfter,
];

export interface CountRow {
  kind: "all" | "device" | "method" | "sku" | "reason";
  /** The device, method or product; of a reason, its step and code. */
  key: string;
  bits: number;
  visits: number;
}

/** How many visits have which steps: all of them, by device, by payment method and by product; and why they stopped. */
export async function countPaths(sql: Sql, filter: PathFilter): Promise<CountRow[]> {
  const { rows } = await sql.query<CountRow>(
    `with ${scope}, by_sku as (
        select session, sku, bit_or(bits) as bits from (
          select session, sku, case step when 'product' then 1 else 2 end as bits
          from step where sku <> '' and step <> 'refused'
          union all
          select o.session, p.sku, o.bits
          from ordered o join order_lines l on l.order_id = o.id join products p on p.id = l.product_id
          where $5::text is null or p.sku = $5
        ) known group by 1, 2
      ), by_method as (
        select session, payment_method as method, bit_or(bits) as bits from ordered group by 1, 2
      ), reason as (
        select distinct session, 'placed' as step, code from step join seen using (session)
        where step = 'refused' and bits < 4
        union
        select o.session, 'paid', coalesce(o.failure_code, 'status.' || o.status)
        from ordered o join seen using (session) where seen.bits >= 4 and seen.bits < 8
          and (o.failure_code is not null or o.status in ('awaiting_payment', 'expired', 'cancelled'))
        union
        select o.session, 'delivered', coalesce(o.failure_code, 'status.' || o.status)
        from ordered o join seen using (session) where seen.bits >= 8 and seen.bits < 16 and o.bits >= 8
          and o.status <> 'delivered'
      )
      select 'all' as kind, origin as key, bits, count(*)::int as visits from seen group by origin, bits
      union all select 'device', device, bits, count(*)::int from seen group by device, bits
      union all select 'method', method, bits, count(*)::int from by_method group by method, bits
      union all select 'sku', sku, bits, count(*)::int from by_sku group by sku, bits
      union all select 'reason', step || ' ' || code, 0, count(*)::int from reason group by step, code`,
    scopeValues(filter),
  );
  return rows;
}

export interface OrderCountRow {
  isOfVisit: boolean;
  placed: number;
  paid: number;
  delivered: number;
}

/** Every order placed in the window, by whether any visit is known for it, of whatever time and device. */
export async function countOrders(
  sql: Sql,
  filter: Omit<PathFilter, "device" | "until">,
): Promise<OrderCountRow[]> {
  const { rows } = await sql.query<OrderCountRow>(
    `select exists (select from visits v where v.session = o.session) as "isOfVisit",
        count(*)::int as placed,
        (count(*) filter (where o.paid_at < $2))::int as paid,
        (count(*) filter (where o.delivered_at < $2))::int as delivered
      from orders o
      where o.id >= first_id_at($1::timestamptz - interval '1 hour') and o.id < first_id_at($2::timestamptz + interval '1 hour')
        and o.created_at >= $1 and o.created_at < $2 and o.origin = any ($3)
        and ($5::text is null or o.payment_method = $5)
        and ($4::text is null or exists (
          select from order_lines l join products p on p.id = l.product_id where l.order_id = o.id and p.sku = $4))
      group by 1`,
    [filter.from, filter.to, filter.origins, filter.sku ?? null, filter.method ?? null],
  );
  return rows;
}

export interface VisitRow {
  session: string;
  beganAt: Date;
  device: DeviceClass;
  origin: Origin;
}

/** Visits whose set of steps is from `bits.least` to below `bits.below`, newest first. */
export async function findVisits(
  sql: Sql,
  filter: PathFilter,
  wanted: {
    bits: { least: number; below: number };
    code?: string | undefined;
    before?: { at: Date; session: string } | undefined;
    limit: number;
  },
): Promise<VisitRow[]> {
  const { rows } = await sql.query<VisitRow>(
    `with ${scope}
      select visit.session, visit.began_at as "beganAt", visit.device, visit.origin
      from visit join seen using (session)
      where seen.bits >= $9 and seen.bits < $10
        and ($5::text is null or seen.bits > 0)
        and ($11::text is null
          or exists (select from step where step.session = visit.session and step.code = $11)
          or exists (select from ordered o where o.session = visit.session
            and coalesce(o.failure_code, 'status.' || o.status) = $11))
        and ($12::timestamptz is null or (visit.began_at, visit.session) < ($12, $13))
      order by visit.began_at desc, visit.session desc limit $14`,
    [
      ...scopeValues(filter),
      wanted.bits.least,
      wanted.bits.below,
      wanted.code ?? null,
      wanted.before?.at ?? null,
      wanted.before?.session ?? "",
      wanted.limit,
    ],
  );
  return rows;
}

export interface StepRow {
  session: string;
  step: "product" | "checkout" | "refused";
  sku: string;
  code: string;
  at: Date;
}

export interface OrderOfVisit {
  session: string;
  id: string;
  status: OrderStatus;
  amountFen: number;
  method: Tender;
  failureCode: string | null;
  placedAt: Date;
  paidAt: Date | null;
  deliveredAt: Date | null;
}

/** All that is known of these visits, oldest first; orders from `since` on. */
export async function readPaths(
  sql: Sql,
  sessions: readonly string[],
  since: Date,
): Promise<{ steps: StepRow[]; orders: OrderOfVisit[] }> {
  if (sessions.length === 0) return { steps: [], orders: [] };
  const [steps, orders] = await Promise.all([
    sql.query<StepRow>(
      "select session, step, sku, code, at from visit_steps where session = any ($1) order by at, step, sku, code",
      [sessions],
    ),
    sql.query<OrderOfVisit>(
      `select session, id, status, amount_fen as "amountFen", payment_method as method, failure_code as "failureCode",
          created_at as "placedAt", paid_at as "paidAt", delivered_at as "deliveredAt"
        from orders where session = any ($1) and id >= first_id_at($2::timestamptz - interval '1 hour') order by id`,
      [sessions, since],
    ),
  ]);
  return { steps: steps.rows, orders: orders.rows };
}
