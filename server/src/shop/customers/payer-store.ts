import type { Sql } from "../../platform/db.ts";

/** An order's device while it was somebody's. */
const ofDevice = `d.device_key = o.device_key and o.created_at >= coalesce(d.orders_from, '-infinity')
  and o.created_at < coalesce(d.left_at, 'infinity')`;

/** Whose session it is, if it runs, and whether the order is theirs: by device or by phone, as in their history. */
export async function readPayer(
  sql: Sql,
  given: { key: Buffer; orderId: string; now: Date },
): Promise<{ buyerId: string; isTheirs: boolean } | null> {
  const { rows } = await sql.query<{ buyerId: string; isTheirs: boolean }>(
    `select b.id as "buyerId", exists (select from orders o where o.id = $2 and (o.phone_key = b.phone_key
          or exists (select from buyer_devices d where d.buyer_id = b.id and ${ofDevice}))) as "isTheirs"
      from buyer_sessions s join buyers b on b.id = s.buyer_id where s.key = $1 and s.expires_at > $3`,
    [given.key, given.orderId, given.now],
  );
  return rows[0] ?? null;
}

/** The buyer who was signed in where an order was placed, else the one with its phone; stays until the transaction ends. */
export async function keepBuyerOf(sql: Sql, orderId: string): Promise<string | null> {
  const { rows } = await sql.query<{ id: string }>(
    `select b.id from orders o join buyers b on b.id = coalesce(
        (select d.buyer_id from buyer_devices d where ${ofDevice} order by d.joined_at desc limit 1),
        (select p.id from buyers p where p.phone_key = o.phone_key))
      where o.id = $1 for key share of b`,
    [orderId],
  );
  return rows[0]?.id ?? null;
}

/** Whether this buyer's account is still there. */
export async function hasBuyer(sql: Sql, buyerId: string): Promise<boolean> {
  const { rowCount } = await sql.query("select from buyers where id = $1", [buyerId]);
  return rowCount === 1;
}

/** Nobody gives this buyer anything from here on, until the transaction ends. */
export async function lockBuyer(sql: Sql, buyerId: string): Promise<void> {
  await sql.query("select from buyers where id = $1 for update", [buyerId]);
}
