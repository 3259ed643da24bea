import type { OrderStatus, PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";

export interface PaymentRow {
  id: string;
  orderId: string;
  method: PaymentMethod;
  status: "created" | "opened" | "paid" | "closed";
  amountFen: number;
  url: string | null;
  orderStatus: OrderStatus;
  orderExpiresAt: Date;
  prolonged: boolean;
  description: string;
}

const columns = `p.id, p.order_id as "orderId", p.method, p.status, p.amount_fen as "amountFen", p.url,
  o.status as "orderStatus", o.expires_at as "orderExpiresAt", o.prolonged,
  (select string_agg(r.name || ' × ' || l.quantity, ', ' order by l.line_no)
    from order_lines l join products r on r.id = l.product_id where l.order_id = o.id) as description`;

export async function readPayment(sql: Sql, paymentId: string): Promise<PaymentRow | null> {
  const { rows } = await sql.query<PaymentRow>({
    name: "read-payment",
    text: `select ${columns} from payments p join orders o on o.id = p.order_id where p.id = $1`,
    values: [paymentId],
  });
  return rows[0] ?? null;
}

/**
 * Notes that a prepayment exists and prolongs the hold to `holdUntil`, if the order still waits for money.
 * False when it does not any more; the prepayment is then to be closed.
 */
export async function markOpened(
  sql: Sql,
  opened: { paymentId: string; orderId: string; url: string; now: Date; holdUntil: Date },
): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: "mark-opened",
    text: `with held as (
        update orders set expires_at = greatest(expires_at, $5), prolonged = true
        where id = $2 and status = 'awaiting_payment' returning id
      )
      update payments p set status = 'opened', url = $3, opened_at = $4, failure_code = null from held
      where p.id = $1 and p.order_id = held.id and p.status in ('created', 'opened')`,
    values: [opened.paymentId, opened.orderId, opened.url, opened.now, opened.holdUntil],
  });
  return rowCount === 1;
}

/**
 * Replaces the payments of an unpaid order by a new one. Null when the order does not wait for money any more;
 * else the payments that are now closed here and are to be closed at their providers.
 */
export async function replacePayment(
  sql: Sql,
  next: { id: string; orderId: string; method: PaymentMethod; now: Date },
): Promise<{ expiresAt: Date; closed: { id: string; method: PaymentMethod }[] } | null> {
  const { rows } = await sql.query<{
    expires_at: Date;
    closed: { id: string; method: PaymentMethod }[] | null;
  }>({
    name: "replace-payment",
    text: `with held as (
        update orders set payment_method = $3, failure_code = null, failure_detail = null
        where id = $2 and status = 'awaiting_payment' and expires_at > $4
        returning id, origin, amount_fen, expires_at
      ), closed as (
        update payments p set status = 'closed' from held
        where p.order_id = held.id and p.status in ('created', 'opened')
        returning p.id, p.method, p.opened_at
      ), made as (
        insert into payments (id, order_id, method, status, amount_fen, created_at)
        select $1, id, $3, 'created', amount_fen, $4 from held
      ), noted as (
        insert into order_events (id, order_id, type, status, method, origin, at)
        select uuidv7(), id, 'payment_switched', 'awaiting_payment', $3, origin, $4 from held
      )
      select held.expires_at, (select json_agg(json_build_object('id', id, 'method', method))
        from closed where opened_at is not null) as closed from held`,
    values: [next.id, next.orderId, next.method, next.now],
  });
  const [row] = rows;
  return row ? { expiresAt: row.expires_at, closed: row.closed ?? [] } : null;
}

/** The opened payments of an order that may be asked about now: each at most once in `restMs`, whoever asks. */
export async function claimEnquiry(
  sql: Sql,
  orderId: string,
  now: Date,
  restMs: number,
): Promise<{ id: string; method: PaymentMethod } | null> {
  const { rows } = await sql.query<{ id: string; method: PaymentMethod }>({
    name: "claim-enquiry",
    text: `update payments p set asked_at = $2 from orders o
      where p.order_id = $1 and o.id = p.order_id and o.status = 'awaiting_payment' and p.status = 'opened'
        and (p.asked_at is null or p.asked_at <= $2::timestamptz - make_interval(secs => $3::float8 / 1000))
      returning p.id, p.method`,
    values: [orderId, now, restMs],
  });
  return rows[0] ?? null;
}

/** Opened payments that nobody has asked about for `restMs`, oldest question first. */
export async function claimEnquiries(
  sql: Sql,
  now: Date,
  restMs: number,
  limit: number,
): Promise<{ id: string; method: PaymentMethod }[]> {
  const { rows } = await sql.query<{ id: string; method: PaymentMethod }>({
    name: "claim-enquiries",
    text: `with due as (
        select id from payments where status = 'opened'
          and coalesce(asked_at, opened_at) <= $1::timestamptz - make_interval(secs => $2::float8 / 1000)
        order by coalesce(asked_at, opened_at) limit $3 for update skip locked
      )
      update payments p set asked_at = $1 from due where p.id = due.id returning p.id, p.method`,
    values: [now, restMs, limit],
  });
  return rows;
}

/**
 * Notes why a payer was refused, on payment and order, with its event; once per change of reason.
 * The order goes on waiting for money. False when nothing changed.
 */
export async function recordPayerRefusal(
  sql: Sql,
  refusal: { paymentId: string; code: string; detail: string; now: Date },
): Promise<boolean> {
  const { rows } = await sql.query<{ n: number }>({
    name: "record-payer-refusal",
    text: `with held as (
        select id from orders where id = (select order_id from payments where id = $1) for update
      ), told as (
        update payments p set failure_code = $2 from held
        where p.id = $1 and p.order_id = held.id and p.status in ('created', 'opened')
          and p.failure_code is distinct from $2
        returning p.order_id, p.method
      ), noted as (
        update orders o set failure_code = $2, failure_detail = $3 from told
        where o.id = told.order_id and o.status = 'awaiting_payment' returning o.id, o.origin, told.method
      ), event as (
        insert into order_events (id, order_id, type, status, code, method, origin, at)
        select uuidv7(), id, 'failed', 'awaiting_payment', $2, method, origin, $4 from noted
      )
      select count(*)::int n from noted`,
    values: [refusal.paymentId, refusal.code, refusal.detail, refusal.now],
  });
  return (rows[0]?.n ?? 0) > 0;
}
