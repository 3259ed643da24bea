import type { OrderStatus, Origin, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";

export interface PaymentRow {
  id: string;
  orderId: string;
  method: Tender;
  status: "created" | "opened" | "paid" | "closed";
  amountFen: number;
  url: string | null;
  orderStatus: OrderStatus;
  orderExpiresAt: Date;
  prolonged: boolean;
  description: string;
  /** When this was so; by the database's clock, by which holds end, unless a test says otherwise. */
  readAt: Date;
}

const columns = `p.id, p.order_id as "orderId", p.method, p.status, p.amount_fen as "amountFen", p.url,
  o.status as "orderStatus", o.expires_at as "orderExpiresAt", o.prolonged,
  (select string_agg(r.name || ' × ' || l.quantity, ', ' order by l.line_no)
    from order_lines l join products r on r.id = l.product_id where l.order_id = o.id) as description,
  coalesce($2::timestamptz, statement_timestamp()) as "readAt"`;

export async function readPayment(sql: Sql, paymentId: string, at: Date | null): Promise<PaymentRow | null> {
  const { rows } = await sql.query<PaymentRow>({
    name: "read-payment",
    text: `select ${columns} from payments p join orders o on o.id = p.order_id where p.id = $1`,
    values: [paymentId, at],
  });
  return rows[0] ?? null;
}

/**
 * The newest payment of an order that waits for money, and how many were begun for it. `isFresh`: it was never opened, and no
 * payment company has let its buyer down since.
 */
export async function readNewestPayment(
  sql: Sql,
  orderId: string,
): Promise<{ id: string; method: Tender; isFresh: boolean; expiresAt: Date; begun: number } | null> {
  const { rows } = await sql.query<{
    id: string;
    method: Tender;
    isFresh: boolean;
    expiresAt: Date;
    begun: number;
  }>({
    name: "read-newest-payment",
    text: `select p.id, p.method, p.status = 'created' and o.failure_code is null as "isFresh", o.expires_at as "expiresAt",
        count(*) over ()::int as begun
      from orders o join payments p on p.order_id = o.id
      where o.id = $1 and o.status = 'awaiting_payment' order by p.id desc limit 1`,
    values: [orderId],
  });
  return rows[0] ?? null;
}

/**
 * Notes that a prepayment exists and prolongs the hold to `holdUntil`, if the order still waits for money.
 * False when it does not any more; the prepayment is then to be closed.
 */
export async function markOpened(
  sql: Sql,
  opened: { paymentId: string; orderId: string; url: string; now: Date; holdUntil: Date; askAt: Date },
): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: "mark-opened",
    text: `with held as (
        update orders set expires_at = greatest(expires_at, $5), prolonged = true
        where id = $2 and status = 'awaiting_payment' returning id
      )
      update payments p set status = 'opened', url = $3, opened_at = $4, failure_code = null,
        ask_at = coalesce(ask_at, $6) from held
      where p.id = $1 and p.order_id = held.id and p.status in ('created', 'opened')`,
    values: [opened.paymentId, opened.orderId, opened.url, opened.now, opened.holdUntil, opened.askAt],
  });
  return rowCount === 1;
}

/**
 * Replaces the payments of an unpaid order by a new one. Null when the order does not wait for money any more, or not by the
 * method `from`; else the payments that are now closed here and are to be closed at their providers.
 */
export async function replacePayment(
  sql: Sql,
  next: {
    id: string;
    orderId: string;
    method: Tender;
    from?: Tender | undefined;
    /** Who did it for the buyer, and why. */
    facts?: Record<string, string> | undefined;
    now: Date;
    /** By what its hold has ended or not; the database's clock where it is null. */
    at: Date | null;
    askAt: Date;
  },
): Promise<{ amountFen: number; expiresAt: Date; closed: { id: string; method: Tender }[] } | null> {
  const { rows } = await sql.query<{
    amount_fen: number;
    expires_at: Date;
    closed: { id: string; method: Tender }[] | null;
  }>({
    name: "replace-payment",
    text: `with held as (
        update orders set payment_method = $3, failure_code = null, failure_detail = null
        where id = $2 and status = 'awaiting_payment' and expires_at > coalesce($8::timestamptz, statement_timestamp())
          and payment_method = coalesce($6, payment_method)
        returning id, origin, amount_fen, expires_at
      ), closed as (
        update payments p set status = 'closed', ask_at = case when p.opened_at is not null then $5::timestamptz end
        from held
        where p.order_id = held.id and p.status in ('created', 'opened')
        returning p.id, p.method, p.opened_at
      ), made as (
        insert into payments (id, order_id, method, status, amount_fen, created_at)
        select $1, id, $3, 'created', amount_fen, $4 from held
      ), noted as (
        insert into order_events (id, order_id, type, status, method, origin, at, facts)
        select uuidv7(), id, 'payment_switched', 'awaiting_payment', $3, origin, $4, $7 from held
      )
      select held.amount_fen, held.expires_at, (select json_agg(json_build_object('id', id, 'method', method))
        from closed where opened_at is not null) as closed from held`,
    values: [
      ...[next.id, next.orderId, next.method, next.now, next.askAt, next.from ?? null],
      next.facts === undefined ? null : JSON.stringify(next.facts),
      next.at,
    ],
  });
  const [row] = rows;
  return row ? { amountFen: row.amount_fen, expiresAt: row.expires_at, closed: row.closed ?? [] } : null;
}

/** Whose order a payment is. */
export async function readSubject(
  sql: Sql,
  paymentId: string,
): Promise<{ order: string; origin: Origin } | undefined> {
  const { rows } = await sql.query<{ order: string; origin: Origin }>({
    name: "subject-of-payment",
    text: `select o.id as order, o.origin from payments p join orders o on o.id = p.order_id where p.id = $1`,
    values: [paymentId],
  });
  return rows[0];
}

/** What came for an order, whatever of it went back since. Null: no such order. The order stays locked. */
export async function lockPaid(sql: Sql, orderId: string): Promise<number | null> {
  const { rowCount } = await sql.query("select from orders where id = $1 for update", [orderId]);
  if (rowCount !== 1) return null;
  return await sumPaid(sql, orderId);
}

export async function sumPaid(sql: Sql, orderId: string): Promise<number> {
  const { rows } = await sql.query<{ fen: number }>(
    "select coalesce(sum(amount_fen), 0)::int as fen from payments where order_id = $1 and status = 'paid'",
    [orderId],
  );
  return rows[0]?.fen ?? 0;
}
