import { firstIdAt } from "@orderwatch/shared/ids.ts";
import type { Sql } from "../../platform/db.ts";

export interface DeliveryTruth {
  /** Age of the oldest row that is due, in seconds. */
  deliveryLagS: number;
  settlementLagS: number;
  /** Counted over the 5,000 oldest, which is more than enough to be alarmed. */
  paidWithoutCode: number;
  rechargesRetried: number;
}

/**
 * What waits to be settled and delivered, drills left out. An order that fell out of the queue is paid without a code all
 * the same, so that orders are asked and not the queue.
 */
export async function readDelivery(sql: Sql, now: Date, patienceS: number): Promise<DeliveryTruth> {
  const { rows } = await sql.query<DeliveryTruth>({
    name: "read-delivery-truth",
    text: `with waiting as materialized (
        select paid_at, attempts, next_attempt_at, recharge_account is not null as recharge from orders
        where status in ('paid', 'delivering') and origin <> 'drill'
        order by paid_at limit 5000
      )
      select coalesce(greatest(0, extract(epoch from $1::timestamptz - min(next_attempt_at))), 0)::float8 as "deliveryLagS",
        (select coalesce(greatest(0, extract(epoch from $1::timestamptz - min(received_at))), 0)::float8
          from payment_notices where verdict = 'pending') as "settlementLagS",
        (count(*) filter (where paid_at < $1::timestamptz - make_interval(secs => $2)))::int as "paidWithoutCode",
        (count(*) filter (where recharge and attempts > 0))::int as "rechargesRetried"
      from waiting`,
    values: [now, patienceS],
  });
  const [truth] = rows;
  if (!truth) throw new Error("an aggregate without a row");
  return truth;
}

/**
 * Codes next in line to be sold that were delivered before. One that comes back keeps its old place, which is before
 * the codes that were never sold, so that the first `each` of a product show it.
 */
export async function countSoldAgain(sql: Sql, each: number): Promise<number> {
  const { rows } = await sql.query<{ n: number }>({
    name: "count-sold-again",
    text: `select count(*)::int as n from products p
      cross join lateral (
        select id from codes where product_id = p.id and status = 'available' order by position limit $1
      ) next
      join delivered_codes d on d.code_id = next.id`,
    values: [each],
  });
  return rows[0]?.n ?? 0;
}

const signInsWithinS = 60;

/** Sign-ins that any console refused in the last minute, to within ten seconds. */
export async function countFailedSignIns(sql: Sql, now: Date): Promise<number> {
  const { rows } = await sql.query<{ n: number }>({
    name: "count-failed-sign-ins",
    text: `select coalesce(sum(failures), 0)::int as n from sign_in_failures
      where slot > $1::timestamptz - make_interval(secs => $2)`,
    values: [now, signInsWithinS],
  });
  return rows[0]?.n ?? 0;
}

const accountsWithinMs = 10 * 60_000;
/** The newest orders that are looked at: however many come, the question stays cheap. */
const accountsAmong = 20_000;

/** A device that has not ordered for so long has given up. */
const stillOrdersMs = 2 * 60_000;

/**
 * Accounts in whose names one device that still orders did so lately without paying: how many the worst device had. Drills' orders count
 * here: a device that tries out cards is seen by its orders alone, and none of this is a business figure.
 */
export async function countUnpaidAccounts(sql: Sql, now: Date): Promise<number> {
  const { rows } = await sql.query<{ n: number }>({
    name: "count-unpaid-accounts",
    text: `select count(distinct account_key)::int as n from (
        select id, device_key, account_key, status from orders where id >= $1 order by id desc limit $2
      ) newest
      where device_key is not null and account_key is not null
        and status in ('awaiting_payment', 'expired', 'cancelled')
      group by device_key having bool_or(id >= $3) order by 1 desc limit 1`,
    values: [
      ...[firstIdAt(now.getTime() - accountsWithinMs), accountsAmong],
      firstIdAt(now.getTime() - stillOrdersMs),
    ],
  });
  return rows[0]?.n ?? 0;
}

const burstWithinMs = 5 * 60_000;
/** What an open incident explains is linked to it by then, and does not count. */
const unexplainedAfterMs = 10_000;

/**
 * New tickets of each code that no incident explains, or only the one that they opened; drills left out. Each counts that
 * is about money that came in. Buyers' own about unpaid orders count once for each address, and those without an order
 * not at all: they cost nothing, so one stranger could write as many as open an incident.
 */
export async function countTicketBursts(sql: Sql, now: Date): Promise<{ code: string; tickets: number }[]> {
  const { rows } = await sql.query<{ code: string; tickets: number }>({
    name: "count-ticket-bursts",
    text: `select code, count(distinct behind)::int as tickets from (
        select t.code, case when t.cause in ('delivery_failed', 'payment_problem') then t.id::text
          else (select case when o.paid_at is null then 'address ' || o.address_key else t.id::text end
            from orders o where o.id = t.order_id) end as behind
        from tickets t left join incidents i on i.id = t.incident_id
        where t.id >= $1 and t.opened_at <= $2 and t.code is not null and t.origin <> 'drill'
          and t.cause in ('delivery_failed', 'payment_problem', 'buyer', 'call_back')
          and (i.id is null or i.rule = 'ticket-burst' and i.state in ('detected', 'acknowledged', 'mitigating', 'monitoring'))
      ) counted where behind is not null group by code order by code limit 100`,
    values: [firstIdAt(now.getTime() - burstWithinMs), new Date(now.getTime() - unexplainedAfterMs)],
  });
  return rows;
}
