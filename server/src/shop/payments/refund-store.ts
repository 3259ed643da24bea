import type { OrderStatus, Origin, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { RefundCode, RefundStatus } from "@orderwatch/shared/shop/refunds.ts";
import type { Database, Sql } from "../../platform/db.ts";

export interface DueRefund {
  id: string;
  paymentId: string;
  orderId: string;
  method: Tender;
  amountFen: number;
  totalFen: number;
  code: RefundCode;
  attempts: number;
  /** True when it may have reached the provider before: then it is asked about, not sent. */
  sentBefore: boolean;
}

export async function readRefund(
  sql: Sql,
  refundId: string,
): Promise<(Omit<DueRefund, "sentBefore"> & { status: RefundStatus }) | null> {
  const { rows } = await sql.query<Omit<DueRefund, "sentBefore"> & { status: RefundStatus }>(
    `select r.id, p.id as "paymentId", r.order_id as "orderId", p.method, r.amount_fen as "amountFen", p.amount_fen as "totalFen", r.code,
        r.attempts, r.status
      from refunds r join payments p on p.id = r.payment_id where r.id = $1`,
    [refundId],
  );
  return rows[0] ?? null;
}

/** Takes refunds that are due; whoever took them has until `leaseUntil`. From here on each counts as sent. */
export async function claimRefunds(
  sql: Sql,
  now: Date,
  leaseUntil: Date,
  limit: number,
): Promise<DueRefund[]> {
  const { rows } = await sql.query<DueRefund>({
    name: "claim-refunds",
    text: `with due as (
        select id from refunds where next_attempt_at <= $1
        order by next_attempt_at limit $3 for update skip locked
      )
      update refunds r set next_attempt_at = $2, attempts = r.attempts + 1, sent_at = coalesce(r.sent_at, $1)
      from due, payments p
      where r.id = due.id and p.id = r.payment_id and r.status in ('requested', 'processing', 'abnormal')
      returning r.id, p.id as "paymentId", r.order_id as "orderId", p.method, r.amount_fen as "amountFen", p.amount_fen as "totalFen", r.code,
        r.attempts, old.sent_at is not null as "sentBefore"`,
    values: [now, leaseUntil, limit],
  });
  return rows;
}

/**
 * The provider has returned the money. An order on its way to `refunded` is there when all that was ever paid for it is
 * back. Two refunds of one order may be done at once: the second waits for the order's lock, and only a statement begun
 * after that sees the first. False when this refund was over before.
 */
export async function completeRefund(db: Database, refundId: string, now: Date): Promise<boolean> {
  return await db.transaction(async (sql) => {
    await sql.query("select from orders where id = (select order_id from refunds where id = $1) for update", [
      refundId,
    ]);
    const { rowCount } = await sql.query({
      name: "complete-refund",
      text: `with done as (
          update refunds set status = 'done', done_at = $2, next_attempt_at = null, detail = null
          where id = $1 and status in ('requested', 'processing', 'abnormal')
          returning id, order_id, payment_id, amount_fen, code
        ), over as (
          update orders o set status = 'refunded' from done
          where o.id = done.order_id and o.status = 'refunding'
            and (select sum(p.amount_fen) from payments p where p.order_id = o.id and p.status = 'paid')
              = (select sum(r.amount_fen) from refunds r where r.order_id = o.id and (r.status = 'done' or r.id = done.id))
          returning o.id, o.origin, o.payment_method
        ), noted as (
          insert into order_events (id, order_id, type, status, code, method, origin, at, facts)
          select uuidv7(), id, 'refunded', 'refunded', null, payment_method, origin, $2::timestamptz, null::jsonb from over
          union all
          select uuidv7(), o.id, 'refund_done', o.status, d.code, o.payment_method, o.origin, $2,
            jsonb_build_object('refund', d.id, 'payment', d.payment_id, 'amountFen', d.amount_fen)
          from done d join orders o on o.id = d.order_id
          where o.status <> 'refunding' and not exists (select from over)
        )
        select from done`,
      values: [refundId, now],
    });
    return rowCount === 1;
  });
}

/** Puts a refund off; `status` says whether the provider has it, `detail` what went wrong last. */
export async function postponeRefund(
  sql: Sql,
  refundId: string,
  next: { status?: "processing"; until: Date; detail?: string },
): Promise<void> {
  await sql.query({
    name: "postpone-refund",
    text: `update refunds set status = coalesce($3, status), next_attempt_at = $2, detail = $4
      where id = $1 and status in ('requested', 'processing', 'abnormal')`,
    values: [refundId, next.until, next.status ?? null, next.detail ?? null],
  });
}

/**
 * The provider could not return the money: `abnormal` keeps it there for a person to see to, and is asked about again at
 * `until`; `failed` is final and nothing was returned. Leaves an event, once. False when that was known already.
 */
export async function stopRefund(
  sql: Sql,
  stopped: {
    refundId: string;
    status: "abnormal" | "failed";
    /** What the company said, by its own code. */
    detail?: string | undefined;
    now: Date;
    until: Date | null;
  },
): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: "stop-refund",
    text: `with stopped as (
        update refunds set status = $2, next_attempt_at = $4, detail = $5
        where id = $1 and status in ('requested', 'processing', 'abnormal')
        returning id, order_id, payment_id, amount_fen, old.status as was
      ), noted as (
        insert into order_events (id, order_id, type, status, code, method, origin, at, facts)
        select uuidv7(), o.id, 'refund_' || $2, o.status, 'refund.' || $2, o.payment_method, o.origin, $3,
          jsonb_build_object('refund', s.id, 'payment', s.payment_id, 'amountFen', s.amount_fen)
        from stopped s join orders o on o.id = s.order_id where s.was <> $2
        returning 1
      )
      select from noted`,
    values: [stopped.refundId, stopped.status, stopped.now, stopped.until, stopped.detail ?? null],
  });
  return rowCount === 1;
}

/** Puts a refund's callback on record. Null: it fits no refund of ours; `repeated` when it was on record before. */
export async function recordRefundNotice(
  sql: Sql,
  notice: {
    id: string;
    provider: Tender;
    noticeId: string;
    refundId: string;
    paymentId: string;
    tradeNo: string;
    amountFen: number | undefined;
    now: Date;
  },
): Promise<"accepted" | "repeated" | "unknown_refund" | "wrong_amount"> {
  const { rows } = await sql.query<{ fate: "accepted" | "repeated" | "unknown_refund" | "wrong_amount" }>({
    name: "record-refund-notice",
    text: `with judged as (
        select p.id as known_id, r.id as refund_id,
          case when r.id is null then 'unknown_refund' when r.amount_fen <> coalesce($7, r.amount_fen) then 'wrong_amount' end as reason
        from (select) one
        left join payments p on p.id = $5 and p.method = $2
        left join refunds r on r.id = $4 and r.payment_id = p.id
      ), recorded as (
        insert into payment_notices (id, provider, notice_id, payment_id, refund_id, trade_no, amount_fen, verdict, reason, received_at, settled_at)
        select $1, $2, $3, known_id, refund_id, $6, $7, case when reason is null then 'settled' else 'refused' end, reason, $8, $8
        from judged
        on conflict (provider, notice_id) where verdict <> 'refused' do nothing
        returning 1
      )
      select coalesce(reason, case when exists (select from recorded) then 'accepted' else 'repeated' end) as fate from judged`,
    values: [
      notice.id,
      notice.provider,
      notice.noticeId,
      notice.refundId,
      notice.paymentId,
      notice.tradeNo,
      notice.amountFen ?? null,
      notice.now,
    ],
  });
  return rows[0]?.fate ?? "unknown_refund";
}

/** Money of one payment that has come and is neither back nor on its way back. */
interface Returnable {
  paymentId: string;
  amountFen: number;
}

export interface RefundableOrder {
  status: OrderStatus;
  origin: Origin;
  method: Tender;
  amountFen: number;
  /** One entry for each payment that was ever paid: the one with most left first, of equal ones the last. */
  left: Returnable[];
}

/** Locks an order and tells what of its money is neither back nor on its way. Null: no such order. */
export async function lockRefundable(sql: Sql, orderId: string): Promise<RefundableOrder | null> {
  const { rows } = await sql.query<Omit<RefundableOrder, "left">>(
    `select status, origin, payment_method as method, amount_fen as "amountFen" from orders where id = $1 for update`,
    [orderId],
  );
  const [order] = rows;
  if (!order) return null;
  // A statement of its own: its snapshot is younger than the lock.
  const left = await sql.query<Returnable>(
    `select p.id as "paymentId", p.amount_fen - coalesce((select sum(amount_fen) from refunds r
        where r.payment_id = p.id and r.status <> 'failed'), 0)::int as "amountFen"
      from payments p where p.order_id = $1 and p.status = 'paid' order by 2 desc, p.paid_at desc, p.id desc`,
    [orderId],
  );
  return { ...order, left: left.rows };
}

export interface NewRefund extends Returnable {
  id: string;
  orderId: string;
  code: RefundCode;
  reason: string;
  askedBy: string | null;
  now: Date;
}

/** Enters a refund, to be sent at once. */
export async function insertRefund(sql: Sql, refund: NewRefund): Promise<void> {
  await sql.query(
    `insert into refunds (id, payment_id, order_id, amount_fen, code, reason, asked_by, status, created_at, next_attempt_at)
      values ($1, $2, $3, $4, $5, $6, $7, 'requested', $8, $8)`,
    [
      refund.id,
      refund.paymentId,
      refund.orderId,
      refund.amountFen,
      refund.code,
      refund.reason,
      refund.askedBy,
      refund.now,
    ],
  );
}

/** Refunds of a payment that are stuck at its company. */
export async function listStuck(sql: Sql, paymentId: string): Promise<{ id: string; method: Tender }[]> {
  const { rows } = await sql.query<{ id: string; method: Tender }>(
    `select r.id, p.method from refunds r join payments p on p.id = r.payment_id
      where r.payment_id = $1 and r.status = 'abnormal' order by r.id`,
    [paymentId],
  );
  return rows;
}

export async function findRefund(
  sql: Sql,
  refundId: string,
): Promise<{ orderId: string; amountFen: number } | null> {
  const { rows } = await sql.query<{ orderId: string; amountFen: number }>(
    `select order_id as "orderId", amount_fen as "amountFen" from refunds where id = $1`,
    [refundId],
  );
  return rows[0] ?? null;
}

/**
 * Begins the end of an order whose money all goes back. Codes that nobody has seen return to the shelf; void are those that
 * would fail the next buyer too: the ones that could not be read when delivery failed, and any that was delivered before.
 */
export async function beginRefunding(
  sql: Sql,
  order: { id: string; from: OrderStatus; code: RefundCode; facts: Record<string, unknown>; now: Date },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `with ended as (
        update orders o set status = 'refunding', next_attempt_at = null, lease_token = null
        where o.id = $1 and o.status = $2
        returning o.id, o.origin, o.payment_method,
          coalesce((select string_to_array(e.facts->>'unreadable', ' ')::bigint[] from order_events e
            where $2 = 'delivery_failed' and e.order_id = o.id and e.type = 'failed' and e.status = 'delivery_failed'
              and e.id >= first_id_at(o.created_at - interval '1 day') order by e.id desc limit 1), '{}') as unreadable
      ), freed as (
        update codes c set order_id = null, line_id = null, status = case when c.id = any (e.unreadable)
          or exists (select from delivered_codes d where d.code_id = c.id) then 'void' else 'available' end
        from ended e where c.order_id = $1 and c.order_id = e.id and c.status = 'held' returning 1
      ), noted as (
        insert into order_events (id, order_id, type, status, code, method, origin, at, facts)
        select uuidv7(), id, 'refunding', 'refunding', $3, payment_method, origin, $5, $4 from ended
      )
      select from ended`,
    [order.id, order.from, order.code, JSON.stringify(order.facts), order.now],
  );
  return rowCount === 1;
}

/** The event of a refund that leaves its order as it is. */
export async function noteRefund(
  sql: Sql,
  order: { id: string; code: RefundCode; facts: Record<string, unknown>; now: Date },
): Promise<void> {
  await sql.query(
    `insert into order_events (id, order_id, type, status, code, method, origin, at, facts)
      select uuidv7(), id, 'refund_requested', status, $2, payment_method, origin, $4, $3 from orders where id = $1`,
    [order.id, order.code, JSON.stringify(order.facts), order.now],
  );
}
