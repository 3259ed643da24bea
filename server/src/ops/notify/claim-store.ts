import type {
  AttemptState,
  ChannelName,
  NotificationKind,
  NotificationState,
} from "@orderwatch/shared/ops/notify.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";
import type { Attempt, Way } from "./domain.ts";

export interface DueRow {
  id: string;
  kind: NotificationKind;
  state: NotificationState;
  staffId: string | null;
  orderId: string | null;
  address: Buffer | null;
  urgent: boolean;
  title: Words;
  text: Words;
  link: string | null;
  round: number;
  createdAt: Date;
  gathered: boolean;
}

const due = "next_at <= $1 and (claimed_until is null or claimed_until <= $1)";

/** What goes to a member of staff and has not begun is gathered into one message with whatever else waits for that person. */
const gathered = "(staff_id is not null and state = 'queued' and kind in ('page', 'notice'))";

const columns = `id, kind, state, staff_id as "staffId", order_id as "orderId", address, urgent, title, body as text, link,
  rounds as round, created_at as "createdAt", ${gathered} as gathered`;

/**
 * Lets one worker at a time decide about a person's messages, and gives the people of the first `limit` that are due and whom
 * no other decides about now. Lasts until the transaction ends. It comes before any lock of a row: two workers that each held
 * some of a person's messages would each leave the other's out.
 */
export async function lockRecipients(sql: Sql, now: Date, limit: number): Promise<string[]> {
  const { rows } = await sql.query(
    `with first as (
       select staff_id from notifications where ${due} and ${gathered} order by urgent desc, next_at, id limit $2
     ), people as materialized (select distinct staff_id as id from first)
     select id from people where pg_try_advisory_xact_lock(hashtextextended('notify:' || id, 0))`,
    [now, limit],
  );
  return rows.map(({ id }) => id);
}

/** Messages that something is to be done about, urgent ones first; of gathered ones those to `people`. Others' are skipped. */
export async function lockDue(
  sql: Sql,
  now: Date,
  people: readonly string[],
  limit: number,
): Promise<DueRow[]> {
  const { rows } = await sql.query(
    `select ${columns} from notifications
     where ${due} and (not ${gathered} or staff_id = any($2))
     order by urgent desc, next_at, id limit $3 for update skip locked`,
    [now, people, limit],
  );
  return rows;
}

/** When a message to each of these people last began its way. */
export async function readLastBegun(sql: Sql, staffIds: readonly string[]): Promise<Map<string, Date>> {
  const { rows } = await sql.query(
    `select person as id, (select max(begun_at) from notifications where staff_id = person) as at
     from unnest($1::text[]) person`,
    [staffIds],
  );
  return new Map(rows.filter(({ at }) => at !== null).map(({ id, at }) => [id, at]));
}

/** A person's other messages that have not begun, so that they ride along. */
export async function lockWaiting(
  sql: Sql,
  staffId: string,
  except: readonly string[],
  limit: number,
): Promise<DueRow[]> {
  const { rows } = await sql.query(
    `select ${columns} from notifications
     where staff_id = $1 and ${gathered} and next_at is not null and id <> all($2)
     order by id limit $3 for update skip locked`,
    [staffId, except, limit],
  );
  return rows;
}

export async function holdBack(sql: Sql, ids: readonly string[], until: Date): Promise<void> {
  await sql.query("update notifications set next_at = $2 where id = any($1)", [ids, until]);
}

export async function bundleInto(sql: Sql, lead: string, ids: readonly string[]): Promise<void> {
  await sql.query(
    "update notifications set bundled_into = $1, state = 'sending', next_at = null where id = any($2)",
    [lead, ids],
  );
}

/** A lease on messages; whoever holds it alone may write down what becomes of them. */
export async function claim(
  sql: Sql,
  ids: readonly string[],
  given: { claim: string; until: Date; now: Date },
): Promise<void> {
  await sql.query(
    `update notifications set claim = $2, claimed_until = $3, begun_at = coalesce(begun_at, $4),
       state = case when state = 'queued' then 'sending' else state end
     where id = any($1)`,
    [ids, given.claim, given.until, given.now],
  );
}

export async function readAttempts(sql: Sql, notificationId: string): Promise<Attempt[]> {
  const { rows } = await sql.query(
    `select id, number, round, channel, point, state, calls, provider_id as "providerId", detail,
       started_at as "startedAt", accepted_at as "acceptedAt"
     from notification_attempts where notification_id = $1 order by number`,
    [notificationId],
  );
  return rows;
}

export async function readBundled(
  sql: Sql,
  lead: string,
): Promise<{ title: Words; text: Words; link: string | null }[]> {
  const { rows } = await sql.query(
    "select title, body as text, link from notifications where bundled_into = $1 order by id",
    [lead],
  );
  return rows;
}

export interface Lease {
  id: string;
  claim: string;
}

/** Writes down that a call begins, before it is made; false when the lease is lost. */
export async function beginCall(
  sql: Sql,
  lease: Lease,
  call: { attemptId: string; number: number; round: number; way: Way; until: Date; now: Date },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `with mine as (
       update notifications set claimed_until = $8 where id = $1 and claim = $2 returning id
     )
     insert into notification_attempts (id, notification_id, number, round, channel, point, target, state, calls, started_at)
     select $3, id, $4, $5, $6, $7, $9, 'calling', 1, $10 from mine
     on conflict (id) do update set calls = notification_attempts.calls + 1`,
    [
      ...[lease.id, lease.claim, call.attemptId, call.number, call.round, call.way.channel, call.way.point],
      ...[call.until, call.way.target, call.now],
    ],
  );
  return rowCount === 1;
}

/**
 * What became of an attempt; false when the lease is lost. An accepted one makes its message sent. A call that was under way
 * while its message ended is still told of.
 */
export async function recordAttempt(
  sql: Sql,
  lease: Lease,
  given: {
    attemptId: string;
    state: AttemptState;
    providerId?: string | null;
    detail?: string | null;
    now: Date;
  },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `with mine as (
       update notifications set
         state = case when $4 in ('accepted', 'delivered') then 'sent' else state end,
         sent_at = case when $4 in ('accepted', 'delivered') then coalesce(sent_at, $7) else sent_at end
       where id = $1 and claim = $2 returning id
     )
     update notification_attempts set state = $4, provider_id = coalesce($5, provider_id), detail = $6,
       accepted_at = case when $4 = 'accepted' then coalesce(accepted_at, $7) else accepted_at end,
       ended_at = case when $4 = 'accepted' then null else $7::timestamptz end
     where id = $3 and (exists (select from mine) or state = 'calling' and exists (
       select from notifications where id = $1 and next_at is null and claim is null
     ))`,
    [
      lease.id,
      lease.claim,
      given.attemptId,
      given.state,
      given.providerId ?? null,
      given.detail ?? null,
      given.now,
    ],
  );
  return rowCount === 1;
}

/** Gives the lease back; the message is looked at again at `nextAt`. */
export async function postpone(
  sql: Sql,
  lease: Lease,
  given: { nextAt: Date; round: number },
): Promise<void> {
  await sql.query(
    `update notifications set next_at = $3, rounds = $4, claim = null, claimed_until = null
     where id = $1 and claim = $2`,
    [lease.id, lease.claim, given.nextAt, given.round],
  );
}

/** Ends a message and those that went out in it; false when the lease is lost. */
export async function settle(
  sql: Sql,
  lease: Lease,
  given: { state: "sent" | "delivered" | "exhausted"; reason: string | null; now: Date },
): Promise<boolean> {
  const { rows } = await sql.query(
    `with mine as (
       update notifications set state = $3, reason = $4, next_at = null, claim = null, claimed_until = null,
         delivered_at = case when $3 = 'delivered' then $5::timestamptz end
       where id = $1 and claim = $2 returning id, state, reason, sent_at, delivered_at
     ), others as (
       update notifications n set state = mine.state, reason = mine.reason, sent_at = mine.sent_at,
         delivered_at = mine.delivered_at, begun_at = $5
       from mine where n.bundled_into = mine.id
     )
     select from mine`,
    [lease.id, lease.claim, given.state, given.reason, given.now],
  );
  return rows.length === 1;
}

export interface PointRow {
  id: string;
  channel: ChannelName;
  address: Buffer;
  target: string;
  language: Way["language"];
}

/** A person's proven addresses, in the order in which they are tried. */
export async function readProvenPoints(sql: Sql, staffId: string): Promise<PointRow[]> {
  const { rows } = await sql.query(
    `select id, channel, address, target, language from contact_points
     where staff_id = $1 and verified_at is not null order by position, id`,
    [staffId],
  );
  return rows;
}
