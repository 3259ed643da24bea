import type { NotificationKind, NotificationState } from "@orderwatch/shared/ops/notify.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";
import type { Attempt } from "./domain.ts";

export interface NewNotification {
  id: string;
  key: string;
  kind: NotificationKind;
  staffId: string | null;
  orderId: string | null;
  address: Buffer | null;
  recipientKey: Buffer | null;
  broadcast: string | null;
  incidentId: string | null;
  urgent: boolean;
  title: Words;
  text: Words;
  link: string | null;
  at: Date;
}

/** Adds a message, due at once. Its id, or that of the one that has this key already. */
export async function insertNotification(sql: Sql, given: NewNotification): Promise<string> {
  const { rows } = await sql.query(
    `with made as (
       insert into notifications (id, key, kind, staff_id, order_id, address, recipient_key, incident_id, urgent, title,
         body, link, broadcast, state, next_at, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14, 'queued', $13, $13)
       on conflict (key) do nothing returning id
     )
     select id from made union all select id from notifications where key = $2 limit 1`,
    [
      ...[given.id, given.key, given.kind, given.staffId, given.orderId, given.address, given.recipientKey],
      ...[given.incidentId, given.urgent, given.title, given.text, given.link, given.at],
      given.broadcast,
    ],
  );
  return rows[0]?.id ?? given.id;
}

/**
 * Gives a new message the attempts that were made for it already; it is due at once and goes on after the last of them, or
 * when that can no more be under way. One that has attempts keeps its own.
 */
export async function adoptAttempts(
  sql: Sql,
  id: string,
  given: { round: number; attempts: readonly (Attempt & { target: string })[] },
): Promise<void> {
  const { rowCount } = await sql.query(
    `insert into notification_attempts (id, notification_id, number, round, channel, point, target, state, calls, provider_id,
       detail, started_at, accepted_at, ended_at)
     select a.id, $1, a.number, a.round, a.channel, a.point, a.target, a.state, a.calls, a."providerId", a.detail,
       a."startedAt", a."acceptedAt", case when a.state not in ('calling', 'accepted') then now() end
     from jsonb_to_recordset($2::jsonb) a(id uuid, number int, round int, channel text, point text, target text, state text,
       calls int, "providerId" text, detail text, "startedAt" timestamptz, "acceptedAt" timestamptz)
     where not exists (select from notification_attempts o where o.notification_id = $1)`,
    [id, JSON.stringify(given.attempts)],
  );
  if (rowCount === 0) return;
  await sql.query(
    `update notifications n set rounds = $2, begun_at = a.begun, sent_at = a.sent,
       state = case when a.sent is null then 'sending' else 'sent' end,
       next_at = n.next_at + case when a.calls then interval '15 seconds' else interval '0' end
     from (select min(started_at) as begun, bool_or(state = 'calling') as calls,
         min(coalesce(accepted_at, ended_at)) filter (where accepted_at is not null or state = 'delivered') as sent
       from notification_attempts where notification_id = $1) a
     where n.id = $1`,
    [id, given.round],
  );
}

export interface OutcomeRow {
  id: string;
  state: NotificationState;
  isSettled: boolean;
  reason: string | null;
}

export async function readOutcomes(sql: Sql, ids: readonly string[]): Promise<OutcomeRow[]> {
  const { rows } = await sql.query(
    `select id, state, reason, next_at is null and (bundled_into is null or state <> 'sending')
       as "isSettled" from notifications where id = any($1)`,
    [ids],
  );
  return rows;
}

/** A buyer of some of the orders, with one order that leads to them. */
export interface BuyerRow {
  orderId: string;
  contactKey: string;
}

/** By what a buyer is told first. */
export interface ReachedBuyer extends BuyerRow {
  channel: "sms" | "email";
}

/**
 * Every buyer of these orders who left a contact, once; drills and simulated shoppers are no buyers. Whom one of the
 * broadcasts `besides` was meant for is left out.
 */
export async function readBuyers(
  sql: Sql,
  orderIds: readonly string[],
  besides: readonly string[],
): Promise<ReachedBuyer[]> {
  const { rows } = await sql.query(
    `select distinct on (coalesce(phone_key, email_key)) id as "orderId", coalesce(phone_key, email_key)::text as "contactKey",
       case when phone_key is null then 'email' else 'sms' end as channel
     from orders
     where id = any($1::uuid[]) and origin = 'buyer' and contact is not null
       and coalesce(phone_key, email_key) is not null
       and not exists (select from notifications n where n.broadcast = any($2::text[])
         and n.recipient_key = convert_to(coalesce(phone_key, email_key)::text, 'UTF8'))
     order by coalesce(phone_key, email_key), id desc`,
    [orderIds, besides],
  );
  return rows;
}

/** Those to whom one of the broadcasts has gone, each once. */
export async function readTold(sql: Sql, broadcasts: readonly string[]): Promise<BuyerRow[]> {
  const { rows } = await sql.query(
    `select distinct on (recipient_key) order_id as "orderId", convert_from(recipient_key, 'UTF8') as "contactKey"
     from notifications
     where broadcast = any($1::text[]) and order_id is not null and state in ('sent', 'delivered')
     order by recipient_key, id`,
    [broadcasts],
  );
  return rows;
}

/** Adds one message for each buyer who has none with this key yet. */
export async function insertForBuyers(
  sql: Sql,
  message: Pick<NewNotification, "incidentId" | "title" | "text" | "link" | "at"> & { broadcast: string },
  buyers: readonly (BuyerRow & { id: string })[],
): Promise<number> {
  const { rowCount } = await sql.query(
    `insert into notifications (id, key, kind, order_id, recipient_key, broadcast, incident_id, urgent, title, body, link,
       state, next_at, created_at)
     select id, $4 || ':' || contact, 'buyer', order_id, convert_to(contact, 'UTF8'), $4, $5, false, $6, $7, $8,
       'queued', $9, $9
     from unnest($1::uuid[], $2::uuid[], $3::text[]) as buyer(id, order_id, contact)
     on conflict (key) do nothing`,
    [
      buyers.map(({ id }) => id),
      buyers.map(({ orderId }) => orderId),
      buyers.map(({ contactKey }) => contactKey),
      ...[message.broadcast, message.incidentId, message.title, message.text, message.link, message.at],
    ],
  );
  return rowCount ?? 0;
}

/** Ends those of a broadcast whose way has not begun. */
export async function callOff(sql: Sql, broadcast: string, reason: string): Promise<void> {
  await sql.query(
    `update notifications set state = 'exhausted', reason = $2, next_at = null
     where broadcast = $1 and state = 'queued' and claim is null`,
    [broadcast, reason],
  );
}

/** How a broadcast does, by state. */
export async function countBroadcast(
  sql: Sql,
  broadcast: string,
): Promise<Record<NotificationState, number>> {
  const { rows } = await sql.query(
    "select state, count(*)::int as count from notifications where broadcast = $1 group by state",
    [broadcast],
  );
  const counts: Record<NotificationState, number> = {
    queued: 0,
    sending: 0,
    sent: 0,
    delivered: 0,
    exhausted: 0,
  };
  for (const { state, count } of rows as { state: NotificationState; count: number }[]) counts[state] = count;
  return counts;
}

export async function listRefused(sql: Sql, broadcasts: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ recipient: string }>(
    `select distinct convert_from(n.recipient_key, 'UTF8') as recipient
     from notifications n join notification_attempts a on a.notification_id = n.id
     where n.broadcast = any($1::text[]) and a.state = 'refused'`,
    [broadcasts],
  );
  return rows.map(({ recipient }) => recipient);
}
