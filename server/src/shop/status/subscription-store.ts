import type { Language } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

export interface SubscriptionRow {
  id: string;
  channel: "email" | "push";
  address: Buffer;
  language: Language;
}

const columns = "id, channel, address, language";

/**
 * Adds a subscription. One that is known stays as it is, but that an unconfirmed one is owed a new link if its last was
 * asked for before `linksBefore`.
 */
export async function addSubscription(
  sql: Sql,
  row: SubscriptionRow & { addressKey: Buffer; confirmed: boolean; now: Date; linksBefore: Date },
): Promise<void> {
  await sql.query(
    `insert into status_subscriptions as s (id, channel, address, address_key, language, asked_at, link_due, confirmed_at)
      values ($1, $2, $3, $4, $5, $6, not $7, case when $7 then $6::timestamptz end)
      on conflict (address_key) do update set asked_at = excluded.asked_at, link_due = true
        where s.confirmed_at is null and s.asked_at < $8`,
    [
      ...[row.id, row.channel, row.address, row.addressKey, row.language, row.now, row.confirmed],
      row.linksBefore,
    ],
  );
}

/** False where there is no such subscription, or its link was asked for too long ago. */
export async function confirm(sql: Sql, id: string, now: Date, since: Date): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update status_subscriptions set confirmed_at = coalesce(confirmed_at, $2), link_due = false
      where id = $1 and (confirmed_at is not null or asked_at >= $3)`,
    [id, now, since],
  );
  return rowCount === 1;
}

export async function removeById(sql: Sql, id: string): Promise<void> {
  await sql.query("delete from status_subscriptions where id = $1", [id]);
}

export async function removeByAddress(sql: Sql, addressKey: Buffer): Promise<void> {
  await sql.query("delete from status_subscriptions where address_key = $1", [addressKey]);
}

/** Subscriptions that are owed a link; others' are skipped. They are locked until the transaction ends. */
export async function takeLinksDue(
  sql: Sql,
  limit: number,
): Promise<(SubscriptionRow & { askedAt: Date })[]> {
  const { rows } = await sql.query<SubscriptionRow & { askedAt: Date }>(
    `update status_subscriptions set link_due = false
      where id in (select id from status_subscriptions where link_due order by id limit $1 for update skip locked)
      returning ${columns}, asked_at as "askedAt"`,
    [limit],
  );
  return rows;
}

/** Removes what was never confirmed. */
export async function forgetUnconfirmed(sql: Sql, before: Date): Promise<void> {
  await sql.query("delete from status_subscriptions where confirmed_at is null and asked_at < $1", [before]);
}

/** Who had confirmed by a moment, in order, after one of them. */
export async function listConfirmed(
  sql: Sql,
  given: { by: Date; after: string | null; limit: number },
): Promise<SubscriptionRow[]> {
  const { rows } = await sql.query<SubscriptionRow>(
    `select ${columns} from status_subscriptions
      where confirmed_at <= $1 and ($2::uuid is null or id > $2) order by id limit $3`,
    [given.by, given.after, given.limit],
  );
  return rows;
}
