import type { Database } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";

export interface Settled {
  /** Notices looked at. */
  notices: number;
  /** Orders that became paid. */
  paid: number;
  /** Payments whose money goes back: the order was paid already, or was over. */
  surplus: number;
}

/**
 * Settles verified notices: the payment becomes paid, its order becomes paid if it still waits for money, and money that
 * finds no waiting order becomes a refund. Each payment moves once, however many notices it has; an order that two
 * payments reach at once is moved by one of them.
 *
 * An expired order whose money came late goes to `refunding`; other states keep theirs, the refund row is apart.
 *
 * The orders are locked first (before payments, as everywhere) and moved by a statement that begins after that: an order
 * may expire while its lock is waited for, and an older snapshot would not show it.
 */
export async function settleNotices(db: Database, now: Date, limit: number): Promise<Settled> {
  return await db.transaction(async (sql) => {
    const due = await sql.query<{ id: string; order_id: string }>({
      name: "claim-notices",
      text: `select n.id, p.order_id from payment_notices n join payments p on p.id = n.payment_id
        where n.verdict = 'pending' order by n.received_at, n.id limit $1 for update of n skip locked`,
      values: [limit],
    });
    if (due.rows.length === 0) return { notices: 0, paid: 0, surplus: 0 };
    await sql.query({
      name: "lock-orders",
      text: "select from orders where id = any ($1::uuid[]) order by id for update",
      values: [due.rows.map((notice) => notice.order_id)],
    });
    const { rows } = await sql.query<Omit<Settled, "notices">>({
      name: "settle-notices",
      text: settleText,
      values: [now, due.rows.map((notice) => notice.id)],
    });
    await faultPoint("settle.committing");
    return { notices: due.rows.length, paid: 0, surplus: 0, ...rows[0] };
  });
}

const settleText = `with due as (
    select id, payment_id, trade_no, paid_at from payment_notices where id = any ($2::uuid[])
  ), firsts as (
    select distinct on (payment_id) payment_id, trade_no, paid_at from due order by payment_id, id
  ), paid as (
    update payments p set status = 'paid', trade_no = f.trade_no, paid_at = f.paid_at, failure_code = null
    from firsts f where p.id = f.payment_id and p.status <> 'paid'
    returning p.id, p.order_id, p.method, p.amount_fen, p.paid_at
  ), claimant as (
    select distinct on (order_id) * from paid order by order_id, paid_at, id
  ), moved as (
    update orders o set status = 'paid', paid_at = c.paid_at, payment_method = c.method, next_attempt_at = $1,
      failure_code = null, failure_detail = null
    from claimant c where o.id = c.order_id and o.status = 'awaiting_payment'
    returning o.id, o.origin, c.id as payment_id, c.method
  ), surplus as (
    select p.* from paid p where not exists (select from moved m where m.payment_id = p.id)
  ), late as (
    update orders o set status = 'refunding' from (select distinct order_id from surplus) s
    where o.id = s.order_id and o.status = 'expired'
    returning o.id, o.origin, o.payment_method as method
  ), refunded as (
    insert into refunds (id, payment_id, order_id, amount_fen, reason, status, created_at, next_attempt_at)
    select uuidv7(), s.id, s.order_id, s.amount_fen,
      case when s.order_id in (select id from late) then 'paid after expiry' else 'paid twice' end, 'requested', $1, $1
    from surplus s returning 1
  ), judged as (
    update payment_notices n set settled_at = $1,
      verdict = case when exists (select from surplus s where s.id = n.payment_id) then 'surplus' else 'settled' end
    from due where n.id = due.id returning 1
  ), noted as (
    insert into order_events (id, order_id, type, status, method, origin, at)
    select uuidv7(), id, 'paid', 'paid', method, origin, $1::timestamptz from moved
    union all
    select uuidv7(), id, 'refunding', 'refunding', method, origin, $1 from late
    returning 1
  )
  select (select count(*)::int from moved) as paid, (select count(*)::int from surplus) as surplus`;
