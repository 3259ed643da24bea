import { firstIdAt } from "@orderwatch/shared/ids.ts";
import type { TicketCause } from "@orderwatch/shared/ops/tickets.ts";
import type { Sql } from "../../platform/db.ts";
import type { NewTicket } from "./store.ts";

/** What a ticket takes over of its order. */
export type OrderFacts = Pick<
  NewTicket,
  "orderId" | "sku" | "channel" | "code" | "origin" | "language" | "phoneKey" | "phoneTailKey" | "emailKey"
>;

export const noOrder: OrderFacts = {
  ...{ orderId: null, sku: null, channel: null, code: null, origin: "buyer", language: "zh-CN" },
  ...{ phoneKey: null, phoneTailKey: null, emailKey: null },
};

const orderFacts = `o.id as "orderId",
  (select p.sku from order_lines l join products p on p.id = l.product_id where l.order_id = o.id order by l.line_no limit 1) as sku,
  o.payment_method as channel, o.failure_code as code, o.origin, o.language, o.phone_key as "phoneKey",
  o.phone_tail_key as "phoneTailKey", o.email_key as "emailKey"`;

export async function readOrder(
  sql: Sql,
  orderId: string,
): Promise<(OrderFacts & { orderId: string }) | null> {
  const { rows } = await sql.query<OrderFacts & { orderId: string }>(
    `select ${orderFacts} from orders o where o.id = $1`,
    [orderId],
  );
  return rows[0] ?? null;
}

/** Something that needs a person, and of which no ticket knows. */
export interface DueCause {
  cause: TicketCause;
  causeKey: string;
  orderId: string | null;
  /** Why, where the order itself does not say. */
  code: string | null;
  /** The id of the newest thing that happened; null where the cause itself is all. */
  occurrence: string | null;
}

/** The ticket `t` of a cause; where its own was merged, the one that it is part of now. Few were, so few are followed. */
const ticketOf = (causeKey: string) => `left join tickets own on own.cause_key = ${causeKey}
    left join tickets t on t.id = case when own.merged_into is null then own.id else (
      with recursive way as (
        select id, merged_into from tickets where id = own.merged_into
        union all
        select n.id, n.merged_into from way w join tickets n on n.id = w.merged_into
      )
      select id from way where merged_into is null) end`;

/** Ids say what came later, whatever the clocks of consoles say: those of events are the database's own. */
const isNews = (occurrence: string) =>
  `(own.id is null or ${occurrence} > coalesce(own.occurrence, '00000000-0000-0000-0000-000000000000'))`;

const newest = (id: string) => `max(${id}::text)::uuid`;
const newestEvent = (of: string) => `(select ${newest("e.id")} as occurrence from order_events e
    where e.order_id = o.id and e.id >= first_id_at(o.created_at - interval '1 day') and ${of})`;

/** A difference that is open again, since it had vanished or what was done about it changed nothing, is so since then. */
const openedSince = "greatest(d.id, first_id_at(d.open_again_at))";

/**
 * What needs a person and has no ticket, and what happened since its ticket last heard of it, whatever state that is in. What
 * is looked through is what stands now, each by an index of its own, so nothing is missed however long nobody looked.
 */
const dueCauses = [
  `select 'delivery_failed' as cause, 'delivery_failed:' || o.id as "causeKey", o.id as "orderId", o.failure_code as code,
      e.occurrence
    from orders o left join tickets own on own.cause_key = 'delivery_failed:' || o.id
      cross join lateral ${newestEvent("e.type = 'failed' and e.status = 'delivery_failed'")} e
    where o.status = 'delivery_failed' and ${isNews("e.occurrence")}
    limit $1`,
  `select 'risk_review' as cause, 'risk_review:' || o.id as "causeKey", o.id as "orderId", o.failure_code as code,
      e.occurrence
    from orders o left join tickets own on own.cause_key = 'risk_review:' || o.id
      cross join lateral ${newestEvent("e.status = 'under_review'")} e
    where o.status = 'under_review' and ${isNews("e.occurrence")}
    limit $1`,
  // Money that a payment company will not give back, or says to be stuck: known long after it was asked for.
  `select 'payment_problem' as cause, 'payment_problem:' || r.order_id as "causeKey", r.order_id as "orderId",
      min('refund.' || r.status) as code, ${newest("e.id")} as occurrence
    from refunds r left join tickets own on own.cause_key = 'payment_problem:' || r.order_id
      left join order_events e on e.order_id = r.order_id and e.type in ('refund_abnormal', 'refund_failed')
        and e.facts ->> 'refund' = r.id::text
    where r.status in ('abnormal', 'failed') and ${isNews("e.id")}
    group by r.order_id limit $1`,
  `select 'reconciliation' as cause, 'reconciliation:' || coalesce(d.order_id, d.id) as "causeKey", d.order_id as "orderId",
      min('reconciliation.' || d.kind) as code, ${newest(openedSince)} as occurrence
    from reconciliation_differences d join reconciliation_runs r on r.id = d.run_id
      left join tickets own on own.cause_key = 'reconciliation:' || coalesce(d.order_id, d.id)
    where d.state = 'open' and r.state = 'done' and ${isNews(openedSince)}
    group by coalesce(d.order_id, d.id), d.order_id limit $1`,
];

/** Days whose bill could not be compared, and will not be by itself, or not for a day by now: nobody sees what is missing there. */
const uncompared = `select 'reconciliation' as cause, 'reconciliation_failed:' || r.id as "causeKey", null::uuid as "orderId",
    'reconciliation.not_compared' as code, r.occurrence
  from (
    select *, case when state = 'failed' then first_id_at(finished_at) else id end as occurrence from reconciliation_runs
  ) r left join tickets own on own.cause_key = 'reconciliation_failed:' || r.id
  where (r.state = 'failed' and r.failure <> 'no_merchant' or r.state = 'waiting' and r.failure is not null and r.day <= $2)
    and ${isNews("r.occurrence")}
  limit $1`;

/** Money that came too late for an order whose stock was gone: it goes back by itself, and its buyer is to be told why. */
const latePayments = `select 'payment_problem' as cause, 'payment_problem:' || o.id as "causeKey", o.id as "orderId",
    o.failure_code as code, null as occurrence
  from orders o left join tickets t on t.cause_key = 'payment_problem:' || o.id
  where o.failure_code = 'payment.late' and o.id >= $2 and t.id is null limit $1`;

/** Longer ago than an order can be paid late, and than anybody lets the consoles stand still. */
const lateWithinMs = 30 * 86_400_000;

/** `overdueDay` is the last day that should have been compared long ago. */
export async function listDue(
  sql: Sql,
  { now, overdueDay, limit }: { now: Date; overdueDay: string; limit: number },
): Promise<DueCause[]> {
  const found: DueCause[] = [];
  for (const text of dueCauses) found.push(...(await sql.query<DueCause>(text, [limit])).rows);
  found.push(...(await sql.query<DueCause>(uncompared, [limit, overdueDay])).rows);
  const since = firstIdAt(now.getTime() - lateWithinMs);
  found.push(...(await sql.query<DueCause>(latePayments, [limit, since])).rows);
  return found;
}

/** The ticket of a cause knows of this from now on. False when it did, or knows of something newer. */
export async function takeIn(sql: Sql, causeKey: string, occurrence: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    "update tickets set occurrence = $2 where cause_key = $1 and (occurrence is null or occurrence < $2)",
    [causeKey, occurrence],
  );
  return rowCount === 1;
}

/** The ticket of a cause, or what it was merged into; null when there is none. */
export async function ticketOfCause(sql: Sql, causeKey: string): Promise<string | null> {
  const { rows } = await sql.query<{ id: string | null }>(
    `select t.id from (select $1::text as key) c ${ticketOf("c.key")}`,
    [causeKey],
  );
  return rows[0]?.id ?? null;
}

/** The ticket that a conversation's news belong to: one that is open before others, the newest first. */
export async function ticketOfConversation(
  sql: Sql,
  conversationId: string,
  orderId: string | null,
): Promise<string | null> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from tickets where (conversation_id = $1 or order_id = $2) and merged_into is null
      order by state in ('new', 'open', 'waiting_buyer', 'waiting_engineering') desc, id desc limit 1`,
    [conversationId, orderId],
  );
  return rows[0]?.id ?? null;
}

/** A call that a buyer wished for. While it was not made, a newer wish takes its place: the buyer has one phone in hand. */
export async function wishCall(
  sql: Sql,
  call: {
    id: string;
    ticketId: string;
    conversationId: string;
    seal: (id: string) => { phone: Buffer; note: Buffer | null };
    bestFrom: Date | null;
    bestTo: Date | null;
    now: Date;
  },
): Promise<void> {
  const open = await sql.query<{ id: string }>(
    "select id from ticket_calls where wish_id = $1 and state = 'open'",
    [call.conversationId],
  );
  const known = open.rows[0]?.id;
  const id = known ?? call.id;
  const { phone, note } = call.seal(id);
  await sql.query(
    known === undefined
      ? `insert into ticket_calls (id, ticket_id, wish_id, state, phone, best_from, best_to, next_at, created_at, note)
          values ($1, $2, $3, 'open', $4, $5::timestamptz, $6, coalesce($5::timestamptz, $7::timestamptz), $7::timestamptz, $8)`
      : `update ticket_calls set ticket_id = $2, phone = $4, best_from = $5::timestamptz, best_to = $6,
          next_at = coalesce($5::timestamptz, $7::timestamptz), note = $8
          where id = $1 and wish_id = $3`,
    [id, call.ticketId, call.conversationId, phone, call.bestFrom, call.bestTo, call.now, note],
  );
}

/** What the tickets of a thread keep of its buyer, who is to be forgotten; calls that were not made are not made. */
export async function forgetBuyer(
  sql: Sql,
  { conversationId, orderId, now }: { conversationId: string; orderId: string | null; now: Date },
): Promise<void> {
  await sql.query(
    `with theirs as (
        update tickets set phone_key = null, phone_tail_key = null, email_key = null
        where conversation_id = $1 or order_id = $2 returning id
      )
      update ticket_calls set phone = null, note = null, ended_at = coalesce(ended_at, $3),
        state = case when state = 'open' then 'cancelled' else state end
      where ticket_id in (select id from theirs)`,
    [conversationId, orderId, now],
  );
}
