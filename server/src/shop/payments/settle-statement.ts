import type { Database, Sql } from "../../platform/db.ts";
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
 * payments reach at once is moved by one of them. What else could be paid for an order that became paid is closed here,
 * and then at its company, by whoever asks about it next. Money that a person entered for another payment of the order,
 * by its transaction's number, is not entered twice: it is the payment's that the company names.
 *
 * An expired order whose money came late gets its codes again and becomes paid, if they are still there; otherwise it
 * goes to `refunding` and says why. Other states keep theirs, the refund row is apart.
 *
 * The orders are locked first (before payments, as everywhere) and moved by a statement that begins after that: an order
 * may expire while its lock is waited for, and an older snapshot would not show it.
 */
export async function settleNotices(db: Database, now: Date, limit: number): Promise<Settled> {
  return await db.transaction(async (sql) => {
    const due = await sql.query<DueNotice>({
      name: "claim-notices",
      text: `select n.id, p.order_id as "orderId" from payment_notices n join payments p on p.id = n.payment_id
        where n.verdict = 'pending' order by n.received_at, n.id limit $1 for update of n skip locked`,
      values: [limit],
    });
    return await settleClaimed(sql, now, due.rows);
  });
}

interface DueNotice {
  id: string;
  orderId: string;
}

/** Settles these notices, within a transaction that has locked them. */
export async function settleClaimed(sql: Sql, now: Date, due: readonly DueNotice[]): Promise<Settled> {
  if (due.length === 0) return { notices: 0, paid: 0, surplus: 0 };
  const locked = await sql.query<{ id: string; status: string }>({
    name: "lock-orders",
    text: "select id, status from orders where id = any ($1::uuid[]) order by id for update",
    values: [due.map((notice) => notice.orderId)],
  });
  const late = locked.rows.filter((order) => order.status === "expired").map((order) => order.id);
  const fates = late.length === 0 ? new Map<string, LateFate>() : await holdAgain(sql, late);
  // Whether its codes are there is not certain yet: the notice waits for the next pass.
  const ripe = due.filter((notice) => fates.get(notice.orderId) !== "contended");
  const { rows } = await sql.query<Omit<Settled, "notices">>({
    name: "settle-notices",
    text: settleText,
    values: [now, ripe.map((notice) => notice.id), [...fates.keys()], [...fates.values()]],
  });
  await faultPoint("settle.committing");
  return { notices: due.length, paid: 0, surplus: 0, ...rows[0] };
}

type LateFate = "held" | "sold_out" | "withdrawn" | "contended";

async function holdAgain(sql: Sql, late: string[]): Promise<Map<string, LateFate>> {
  const { rows } = await sql.query<{ orderId: string; outcome: LateFate }>({
    name: "hold-codes-again",
    text: `select order_id as "orderId", outcome from hold_codes_again($1::uuid[])`,
    values: [late],
  });
  return new Map(rows.map(({ orderId, outcome }) => [orderId, outcome]));
}

const settleText = `with due as (
    select id, payment_id, trade_no, paid_at, confirmed_by, note from payment_notices where id = any ($2::uuid[])
  ), fates as (
    select * from unnest($3::uuid[], $4::text[]) f(order_id, fate)
  ), firsts as (
    select distinct on (payment_id) payment_id, trade_no, paid_at, confirmed_by, note from due order by payment_id, id
  ), paid as (
    update payments p set status = 'paid', trade_no = f.trade_no, paid_at = f.paid_at, failure_code = null, ask_at = null
    from firsts f where p.id = f.payment_id and p.status <> 'paid'
    returning p.id, p.order_id, p.method, p.amount_fen, p.paid_at, f.confirmed_by, f.note
  ), corrected as (
    update payments p set trade_no = f.trade_no, paid_at = f.paid_at
    from firsts f where p.id = f.payment_id and p.status = 'paid' and f.confirmed_by is null and p.trade_no <> f.trade_no
    returning 1
  ), mistaken as (
    -- Of several payments a person named one, by the transaction of which the company now says that it paid another.
    update payments p set status = 'closed', trade_no = null, paid_at = null
    from firsts f join payments right_one on right_one.id = f.payment_id
    where f.confirmed_by is null and right_one.status <> 'paid' and p.order_id = right_one.order_id
      and p.id <> right_one.id and p.status = 'paid' and p.trade_no = f.trade_no
      and exists (select from payment_notices n
        where n.payment_id = p.id and n.verdict = 'settled' and n.confirmed_by is not null)
      and not exists (select from firsts own where own.payment_id = p.id)
      and not exists (select from refunds r where r.payment_id = p.id)
    returning right_one.id as right_id
  ), claimant as (
    select distinct on (order_id) * from paid order by order_id, paid_at, id
  ), moved as (
    update orders o set status = 'paid', paid_at = c.paid_at, payment_method = c.method,
      -- Due at once, whichever node looks and however fast the clock of this one is.
      next_attempt_at = least($1, statement_timestamp()),
      failure_code = null, failure_detail = null
    from claimant c
    where o.id = c.order_id and (o.status = 'awaiting_payment' or o.status = 'expired'
      and exists (select from fates f where f.order_id = o.id and f.fate = 'held'))
    returning o.id, o.origin, c.id as payment_id, c.method, old.status as was, c.confirmed_by, c.note
  ), closed as (
    update payments p set status = 'closed', ask_at = case when p.opened_at is not null then $1::timestamptz end
    from moved m
    where p.order_id = m.id and p.status in ('created', 'opened')
      and not exists (select from firsts f where f.payment_id = p.id)
    returning 1
  ), surplus as (
    select p.*, uuidv7() as refund_id, o.status, o.origin from paid p join orders o on o.id = p.order_id
    where not exists (select from moved m where m.payment_id = p.id)
      and not exists (select from mistaken where right_id = p.id)
  ), late as (
    update orders o set status = 'refunding', failure_code = 'payment.late', failure_detail = case s.fate
        when 'withdrawn' then 'The money came after the order had expired, and what it bought is no longer sold'
        else 'The money came after the order had expired, and what it bought was sold out' end
    from (select distinct order_id, fate from surplus left join fates using (order_id)) s
    where o.id = s.order_id and o.status = 'expired'
      and not exists (select from moved m where m.id = o.id)
    returning o.id, o.origin, o.payment_method as method, s.fate
  ), refunded as (
    insert into refunds (id, payment_id, order_id, amount_fen, code, reason, status, created_at, next_attempt_at)
    select s.refund_id, s.id, s.order_id, s.amount_fen,
      case when l.id is not null then 'payment.late'
        when s.status in ('expired', 'cancelled', 'refunding', 'refunded') and m.id is null then 'payment.order_over'
        else 'payment.surplus' end,
      case when l.id is not null then 'paid after expiry'
        when s.status in ('cancelled', 'refunding', 'refunded') then 'paid after the order had ended'
        else 'paid twice' end,
      'requested', $1, $1
    from surplus s left join late l on l.id = s.order_id left join moved m on m.id = s.order_id
    returning id, order_id, payment_id, amount_fen, code
  ), judged as (
    update payment_notices n set settled_at = $1,
      verdict = case when exists (select from surplus s where s.id = n.payment_id) then 'surplus' else 'settled' end
    from due where n.id = due.id returning 1
  ), noted as (
    insert into order_events (id, order_id, type, status, code, method, origin, at, facts)
    select uuidv7(), id, 'paid', 'paid', null, method, origin, $1::timestamptz, nullif(jsonb_strip_nulls(jsonb_build_object(
        'late', case when was = 'expired' then true end, 'by', confirmed_by, 'reason', note)), '{}')
      from moved
    union all
    select uuidv7(), l.id, 'refunding', 'refunding', 'payment.late', l.method, l.origin, $1,
        jsonb_build_object('why', coalesce(l.fate, 'expired'),
          'amountFen', (select sum(amount_fen)::int from refunded r where r.order_id = l.id))
      from late l
    union all
    select uuidv7(), s.order_id, 'refund_requested', coalesce(m.status, s.status), r.code, s.method, s.origin, $1,
        jsonb_build_object('refund', r.id, 'payment', s.id, 'amountFen', s.amount_fen)
      from surplus s join refunded r on r.id = s.refund_id
      left join (select id, 'paid' as status from moved) m on m.id = s.order_id
      where not exists (select from late l where l.id = s.order_id)
    returning 1
  )
  select (select count(*)::int from moved) as paid, (select count(*)::int from surplus) as surplus`;
