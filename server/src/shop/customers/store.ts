import type { Language } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

/** False when there is no such product. */
export async function insertRestockNotice(
  sql: Sql,
  notice: {
    id: string;
    sku: string;
    contact: Buffer;
    contactKey: bigint;
    phoneKey: bigint | null;
    emailKey: bigint | null;
    deviceKey: bigint | null;
    now: Date;
  },
): Promise<boolean> {
  const { rows } = await sql.query<{ known: boolean }>(
    `with product as (select id from products where sku = $2 and not archived), noted as (
        insert into restock_notices (id, product_id, contact, contact_key, phone_key, email_key, device_key, created_at)
        select $1, id, $3, $4, $5, $6, $7, $8 from product on conflict (product_id, contact_key) do nothing
      )
      select exists (select from product) as known`,
    [
      ...[notice.id, notice.sku, notice.contact, notice.contactKey, notice.phoneKey, notice.emailKey],
      ...[notice.deviceKey, notice.now],
    ],
  );
  return rows[0]?.known ?? false;
}

/** Takes notices whose product can be bought again, oldest first; others' are skipped. */
export async function takeRestocked(
  sql: Sql,
  limit: number,
): Promise<{ id: string; sku: string; name: string; contact: Buffer }[]> {
  const { rows } = await sql.query<{ id: string; sku: string; name: string; contact: Buffer }>(
    `with back as (
        select p.id, p.sku, p.name from products p
        where p.id in (select distinct product_id from restock_notices) and not p.archived
          and (p.kind = 'recharge' or exists (select from codes c where c.product_id = p.id and c.status = 'available'))
      ), due as (
        select n.id from restock_notices n join back on back.id = n.product_id
        order by n.id limit $1 for update of n skip locked
      )
      delete from restock_notices n using due, back where n.id = due.id and back.id = n.product_id
      returning n.id, n.contact, back.sku, back.name`,
    [limit],
  );
  return rows;
}

/** Adds a watcher; the same browser again changes nothing. */
export async function insertWatcher(
  sql: Sql,
  row: {
    id: string;
    orderId: string;
    subscription: Buffer;
    subscriptionKey: Buffer;
    language: Language;
    now: Date;
  },
): Promise<void> {
  await sql.query(
    `insert into order_watchers (id, order_id, subscription, subscription_key, language, created_at)
      values ($1, $2, $3, $4, $5, $6) on conflict (order_id, subscription_key) do nothing`,
    [row.id, row.orderId, row.subscription, row.subscriptionKey, row.language, row.now],
  );
}

export interface WatcherRow {
  id: string;
  orderId: string;
  status: "delivered" | "delivery_failed" | "refunded";
  name: string;
  subscription: Buffer;
  language: Language;
}

/** Takes watchers of orders that came to an end, or to a halt; those whose order never did go after `before`. */
export async function takeWatchers(sql: Sql, before: Date, limit: number): Promise<WatcherRow[]> {
  const { rows } = await sql.query<WatcherRow>(
    `with gone as (
        delete from order_watchers where created_at < $1 returning id
      ), due as (
        select w.id, o.status,
          (select p.name from order_lines l join products p on p.id = l.product_id
            where l.order_id = o.id order by l.line_no limit 1) as name
        from order_watchers w join orders o on o.id = w.order_id
        where o.status in ('delivered', 'delivery_failed', 'refunded') and w.created_at >= $1
        order by w.id limit $2 for update of w skip locked
      )
      delete from order_watchers w using due where w.id = due.id
      returning w.id, w.order_id as "orderId", due.status, due.name, w.subscription, w.language`,
    [before, limit],
  );
  return rows;
}
