import type { PaymentMethod, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";

/** A payment whose provider is to be asked now. */
export interface DueEnquiry {
  id: string;
  method: Tender;
  status: "opened" | "closed";
  /** Its order's time is up, and with it the time in which its provider took money. */
  isOver: boolean;
}

/** What the bucket of a channel holds at $1, filled with $2 a second since it was last touched, up to one second's worth. */
const tokens =
  "least($2::float8, b.tokens + greatest(0, extract(epoch from $1::timestamptz - b.at)) * $2::float8)";

/**
 * The opened payment of an order, if it may be asked about now: at most once in `restMs`, whoever asks, and within the
 * budget. Its buyer counts as active from here on; without budget left it is due at once.
 */
export async function claimEnquiry(
  sql: Sql,
  claim: { orderId: string; now: Date; restMs: number; everyMs: number; perSecond: number },
): Promise<DueEnquiry | null> {
  const { rows } = await sql.query<DueEnquiry & { granted: boolean }>({
    name: "claim-enquiry",
    text: `with mine as (
        select p.id, p.method from orders o join payments p on p.order_id = o.id
        where o.id = $3 and o.status = 'awaiting_payment' and p.status = 'opened'
          and coalesce(greatest(p.asked_at, p.read_at) <= $1::timestamptz - make_interval(secs => $4::float8 / 1000), true)
        order by p.id desc limit 1
      ), budget as (
        select b.method, ${tokens} - 1 as left_over from enquiry_budgets b join mine on mine.method = b.method
        where ${tokens} >= 1 for update of b
      ), spent as (
        update enquiry_budgets b set tokens = budget.left_over, at = greatest(b.at, $1)
        from budget where b.method = budget.method
      )
      update payments p set read_at = $1, asked_at = case when budget.method is null then p.asked_at else $1 end,
        ask_at = case when budget.method is null then $1 else $1 + make_interval(secs => $5::float8 / 1000) end
      from mine left join budget on true
      where p.id = mine.id
        and coalesce(greatest(p.asked_at, p.read_at) <= $1::timestamptz - make_interval(secs => $4::float8 / 1000), true)
      returning p.id, p.method, p.status, false as "isOver", budget.method is not null as granted`,
    values: [claim.now, claim.perSecond, claim.orderId, claim.restMs, claim.everyMs],
  });
  const [row] = rows;
  if (!row?.granted) return null;
  const { granted: _, ...due } = row;
  return due;
}

/**
 * Payments of a channel that are due, as many as its budget has left; those of active buyers first. With more due than the
 * budget will ever reach, only those are read that may be chosen: the buyers active last, and what is longest due.
 */
export async function claimEnquiries(
  sql: Sql,
  claim: { method: PaymentMethod; now: Date; everyMs: number; activeMs: number; perSecond: number },
): Promise<DueEnquiry[]> {
  const { rows } = await sql.query<DueEnquiry>({
    name: "claim-enquiries",
    text: `with budget as (
        select b.method, ${tokens} as has from enquiry_budgets b
        where b.method = $3 and exists (select from payments where method = $3 and ask_at <= $1) for update of b
      ), active as materialized (
        select id from payments where method = $3 and ask_at <= $1
          and greatest(read_at, opened_at) > $1::timestamptz - make_interval(secs => $5::float8 / 1000)
        order by greatest(read_at, opened_at) desc limit $6::int
      ), longest as materialized (
        select id from payments where method = $3 and ask_at <= $1 order by ask_at limit $6::int
      ), due as (
        select p.id from payments p where p.method = $3 and p.ask_at <= $1
          and p.id = any (array(select id from active union select id from longest))
        order by p.id = any (array(select id from active)) desc, p.ask_at
        limit (select floor(has)::int from budget) for update of p skip locked
      ), spent as (
        update enquiry_budgets b set tokens = budget.has - (select count(*) from due), at = greatest(b.at, $1)
        from budget where b.method = budget.method
      )
      update payments p set asked_at = $1, ask_at = $1 + make_interval(secs => $4::float8 / 1000)
      from due, orders o
      where p.id = due.id and o.id = p.order_id
      returning p.id, p.method, p.status, o.expires_at <= $1 as "isOver"`,
    // The budget holds one second's worth at most.
    values: [
      ...[claim.now, claim.perSecond, claim.method, claim.everyMs, claim.activeMs],
      Math.ceil(claim.perSecond),
    ],
  });
  return rows;
}

/** Nothing that the provider could still say about this payment would change anything. */
export async function concludeEnquiries(sql: Sql, paymentId: string): Promise<void> {
  await sql.query({
    name: "conclude-enquiries",
    text: "update payments set ask_at = null where id = $1",
    values: [paymentId],
  });
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
