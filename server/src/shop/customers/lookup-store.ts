import type { Language } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

/**
 * Owes a contact the way to its orders, unless it asked after `since` or had `mostAnHour` since `hour`. One statement, whoever
 * has the contact and whatever they bought. False when nothing new is owed.
 */
export async function askLookup(
  sql: Sql,
  lookup: {
    contactKey: bigint;
    id: string;
    contact: Buffer;
    orderId: string | null;
    language: Language;
    now: Date;
  },
  limits: { since: Date; hour: Date; mostAnHour: number },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into order_lookups as l (contact_key, id, contact, order_id, language, asked_at, due, hour_from)
      values ($1, $2, $3, $4, $5, $6, true, $6)
      on conflict (contact_key) do update set id = excluded.id, contact = excluded.contact, order_id = excluded.order_id,
        language = excluded.language, asked_at = excluded.asked_at, due = true,
        asked = case when l.hour_from <= $8 then 1 else l.asked + 1 end,
        hour_from = case when l.hour_from <= $8 then excluded.asked_at else l.hour_from end
      where l.asked_at <= $7 and (l.hour_from <= $8 or l.asked < $9)`,
    [
      ...[lookup.contactKey, lookup.id, lookup.contact, lookup.orderId, lookup.language, lookup.now],
      ...[limits.since, limits.hour, limits.mostAnHour],
    ],
  );
  return rowCount === 1;
}

export interface LookupRow {
  id: string;
  contact: Buffer;
  orderId: string | null;
  language: Language;
}

/** Lookups that are owed and not stale; whoever takes them answers them. */
export async function takeLookupsDue(sql: Sql, since: Date, limit: number): Promise<LookupRow[]> {
  const { rows } = await sql.query<LookupRow>(
    `update order_lookups set due = false where contact_key in (
        select contact_key from order_lookups where due and asked_at > $1
        order by asked_at limit $2 for update skip locked)
      returning id, contact, order_id as "orderId", language`,
    [since, limit],
  );
  return rows;
}

/** Owes an answer again that could not be sent, unless a newer wish took its place. */
export async function oweAgain(sql: Sql, id: string): Promise<void> {
  await sql.query("update order_lookups set due = true where id = $1", [id]);
}

/** A contact's newest orders, newest first; shoppers and drills have none to be told of. */
export async function findOrders(
  sql: Sql,
  by: { phoneKey: bigint | null; phoneTailKey: bigint | null; emailKey: bigint | null },
  { orderId, since, limit }: { orderId: string | null; since: Date; limit: number },
): Promise<{ id: string; name: string; createdAt: Date }[]> {
  const { rows } = await sql.query<{ id: string; name: string; createdAt: Date }>(
    `select o.id, p.name, o.created_at as "createdAt" from (
        select id from orders where phone_tail_key = $1 and phone_key = $2
        union select id from orders where email_key = $3) mine
      join orders o on o.id = mine.id and o.origin = 'buyer' and o.created_at > $5 and ($4::uuid is null or o.id = $4)
      join order_lines l on l.order_id = o.id and l.line_no = (
        select min(line_no) from order_lines first where first.order_id = o.id)
      join products p on p.id = l.product_id
      order by o.id desc limit $6`,
    [by.phoneTailKey, by.phoneKey, by.emailKey, orderId, since, limit],
  );
  return rows;
}
