import type { Origin, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";

export interface ClaimedLine {
  lineNo: number;
  id: string;
  productId: string;
  sku: string;
  kind: "code" | "recharge";
  quantity: number;
  reference: string | null;
}

export interface ClaimedOrder {
  id: string;
  origin: Origin;
  method: Tender;
  /** Failed tries so far. */
  failures: number;
  rechargeAccount: Buffer | null;
  /** False for an order that nobody has begun to deliver: its recharges were never sent. */
  begunBefore: boolean;
  /** How long ago this delivery began: the first one, or the last that a person asked for. */
  sinceBegunMs: number;
  lines: ClaimedLine[];
  /** The sealed codes that the order holds. */
  codes: { id: string; productId: string; lineId: string; sealed: string }[];
}

/** Stable, so that an index still finds what is due by it. */
const moment = (at: string) => `coalesce(${at}::timestamptz, statement_timestamp())`;
const after = (at: string, ms: string) => `${moment(at)} + make_interval(secs => ${ms}::float8 / 1000)`;

/**
 * Takes orders that are due for delivery under a lease: for `leaseMs` nobody else takes them, and only the holder of
 * `token` can complete them. All goes by `at`, and where that is null by the database's clock, which is the same for all
 * nodes: one whose own is fast would take over what another has only just begun. `paid` ones become `delivering`, with their
 * event. Orders that need the supplier are taken apart from those that are delivered from stock, so that a slow supplier
 * holds nobody else up.
 */
export async function claimDue(
  sql: Sql,
  claim: { of: "codes" | "recharges"; token: string; at: Date | null; leaseMs: number; limit: number },
): Promise<ClaimedOrder[]> {
  const { rows } = await sql.query<ClaimedOrder>({
    name: "claim-due",
    text: `with due as (
        select id from orders where next_attempt_at <= ${moment("$2")} and status in ('paid', 'delivering')
          and (recharge_account is not null) = $5
        order by next_attempt_at limit $4 for update skip locked
      ), claimed as (
        update orders o set status = 'delivering', lease_token = $1, next_attempt_at = ${after("$2", "$3")} from due
        where o.id = due.id
        returning o.id, o.origin, o.payment_method, o.attempts, o.created_at, o.recharge_account, old.status as was
      ), noted as (
        insert into order_events (id, order_id, type, status, method, origin, at)
        select uuidv7(), id, 'delivering', 'delivering', payment_method, origin, ${moment("$2")} from claimed where was = 'paid'
      )
      select c.id, c.origin, c.payment_method as method, c.attempts as failures,
        c.recharge_account as "rechargeAccount", c.was <> 'paid' as "begunBefore",
        coalesce(extract(epoch from ${moment("$2")} - case when $5 and c.was <> 'paid' then (
          select max(e.at) from order_events e where e.order_id = c.id
            and e.id >= first_id_at(c.created_at - interval '1 day') and e.type = 'delivering') end) * 1000, 0)::float8
          as "sinceBegunMs",
        (select json_agg(json_build_object('lineNo', l.line_no, 'id', l.id, 'productId', l.product_id, 'sku', p.sku,
            'kind', p.kind, 'quantity', l.quantity, 'reference', l.supplier_reference) order by l.line_no)
          from order_lines l join products p on p.id = l.product_id where l.order_id = c.id) as lines,
        coalesce((select json_agg(json_build_object('id', k.id::text, 'productId', k.product_id, 'lineId', k.line_id,
            'sealed', encode(k.sealed, 'base64')))
          from codes k where k.order_id = c.id and k.status = 'held'), '[]') as codes
      from claimed c`,
    values: [claim.token, claim.at, claim.leaseMs, claim.limit, claim.of === "recharges"],
  });
  return rows;
}

/**
 * Hands orders over, all in one statement: their codes become sold and are entered as delivered (each code once in the
 * life of the shop), the orders become delivered, with their events. An order whose lease went to another, or that does
 * not hold exactly what it bought, is left alone. Answers the orders that were delivered.
 */
export async function completeDelivery(
  sql: Sql,
  done: { token: string; orderIds: string[]; now: Date },
): Promise<{ id: string; paidAt: Date }[]> {
  const { rows } = await sql.query<{ id: string; paidAt: Date }>({
    name: "complete-delivery",
    text: `with won as (
        update orders o set status = 'delivered', delivered_at = $3, next_attempt_at = null, lease_token = null,
          failure_code = null, failure_detail = null
        where o.id = any ($2::uuid[]) and o.status = 'delivering' and o.lease_token = $1
          and not exists (
            select from order_lines l join products p on p.id = l.product_id
            where l.order_id = o.id and case p.kind
              when 'code' then l.quantity <> (
                select count(*) from codes c
                where c.order_id = o.id and c.line_id = l.id and c.product_id = l.product_id and c.status = 'held')
              else l.supplier_reference is null end)
        returning o.id, o.origin, o.payment_method, o.paid_at
      ), sold as (
        update codes c set status = 'sold'
        from won cross join lateral (
          select k.id from codes k where k.order_id = won.id and k.status = 'held' offset 0) held
        where c.id = held.id and c.status = 'held'
        returning c.id, c.order_id
      ), handed as (
        insert into delivered_codes (code_id, order_id, at) select id, order_id, $3 from sold
      ), noted as (
        insert into order_events (id, order_id, type, status, method, origin, at)
        select uuidv7(), id, 'delivered', 'delivered', payment_method, origin, $3 from won
      )
      select id, paid_at as "paidAt" from won`,
    values: [done.token, done.orderIds, done.now],
  });
  return rows;
}

/** Holds on to an order for longer. False when the lease was lost: whoever has it now decides about the order. */
export async function renewLease(
  sql: Sql,
  lease: { id: string; token: string; at: Date | null; leaseMs: number },
): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: "renew-lease",
    text: `update orders set next_attempt_at = ${after("$3", "$4")}
      where id = $1 and status = 'delivering' and lease_token = $2`,
    values: [lease.id, lease.token, lease.at, lease.leaseMs],
  });
  return rowCount === 1;
}

/** Keeps the supplier's confirmation of a line, as soon as it is known. False when the lease was lost. */
export async function keepReference(
  sql: Sql,
  line: { orderId: string; token: string; lineNo: number; reference: string },
): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: "keep-reference",
    // The order is locked, so that nobody takes it over in the middle of this.
    text: `with held as (
        select id from orders where id = $1 and status = 'delivering' and lease_token = $4 for update
      )
      update order_lines l set supplier_reference = $3 from held where l.order_id = held.id and l.line_no = $2`,
    values: [line.orderId, line.lineNo, line.reference, line.token],
  });
  return rowCount === 1;
}

/** Puts an order back for a later try; a counted failure leaves its event. False when the lease was lost. */
export async function postpone(
  sql: Sql,
  order: {
    id: string;
    token: string;
    at: Date | null;
    afterMs: number;
    failure: { code: string; detail: string } | null;
  },
): Promise<boolean> {
  const { rows } = await sql.query<{ n: number }>({
    name: "postpone-delivery",
    text: `with put as (
        update orders o set next_attempt_at = ${after("$4", "$3")}, lease_token = null,
          attempts = attempts + case when $5::text is null then 0 else 1 end
        where o.id = $1 and o.status = 'delivering' and o.lease_token = $2
        returning o.id, o.origin, o.payment_method, o.attempts
      ), noted as (
        insert into order_events (id, order_id, type, status, code, method, origin, at, facts)
        select uuidv7(), id, 'delivery_retry', 'delivering', $5, payment_method, origin, ${moment("$4")},
          jsonb_build_object('failures', attempts, 'detail', $6::text)
        from put where $5::text is not null
      )
      select count(*)::int n from put`,
    values: [
      order.id,
      order.token,
      order.afterMs,
      order.at,
      order.failure?.code ?? null,
      order.failure?.detail ?? null,
    ],
  });
  return (rows[0]?.n ?? 0) > 0;
}

/**
 * Gives up: the order needs a person now. It keeps its codes; its event names the unreadable ones, by their ids, so that they
 * do not return to the shelf. False when the lease was lost.
 */
export async function failDelivery(
  sql: Sql,
  order: {
    id: string;
    token: string;
    now: Date;
    code: string;
    detail: string;
    unreadable?: readonly string[] | undefined;
  },
): Promise<boolean> {
  const { rows } = await sql.query<{ n: number }>({
    name: "fail-delivery",
    text: `with lost as (
        update orders o set status = 'delivery_failed', next_attempt_at = null, lease_token = null,
          failure_code = $4, failure_detail = $5, attempts = attempts + 1
        where o.id = $1 and o.status = 'delivering' and o.lease_token = $2
        returning o.id, o.origin, o.payment_method, o.attempts
      ), noted as (
        insert into order_events (id, order_id, type, status, code, method, origin, at, facts)
        select uuidv7(), id, 'failed', 'delivery_failed', $4, payment_method, origin, $3,
          jsonb_build_object('failures', attempts, 'detail', $5::text)
            || case when $6::text is null then '{}' else jsonb_build_object('unreadable', $6::text) end
        from lost
      )
      select count(*)::int n from lost`,
    values: [
      ...[order.id, order.token, order.now, order.code, order.detail],
      order.unreadable ? order.unreadable.join(" ") : null,
    ],
  });
  return (rows[0]?.n ?? 0) > 0;
}

/** Paid orders that are due for delivery now, and how long the oldest has waited. */
export async function readQueue(sql: Sql, now: Date): Promise<{ due: number; lagMs: number }> {
  const { rows } = await sql.query<{ due: number; oldest: Date | null }>({
    name: "read-queue",
    text: `select count(*)::int as due, min(next_attempt_at) as oldest from orders
      where next_attempt_at <= $1 and status in ('paid', 'delivering')`,
    values: [now],
  });
  const oldest = rows[0]?.oldest;
  return { due: rows[0]?.due ?? 0, lagMs: oldest ? Math.max(0, now.getTime() - oldest.getTime()) : 0 };
}
