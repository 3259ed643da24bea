import type { Sql } from "../../platform/db.ts";

/** Where messages went that have come to their end; how many were looked at. */
export async function forgetAddresses(sql: Sql, limit: number): Promise<number> {
  const { rowCount } = await sql.query(
    `update notifications set address = null where id in (
        select id from notifications where address is not null and next_at is null and claim is null
        limit $1 for update skip locked)`,
    [limit],
  );
  return rowCount ?? 0;
}

/** Messages to buyers whose order no longer says whose it was; those on their way find nobody, end and go at a later look. */
export async function forgetToldBuyers(sql: Sql, limit: number): Promise<number> {
  const { rowCount } = await sql.query(
    `delete from notifications where id in (
        select n.id from notifications n join orders o on o.id = n.order_id
        where n.next_at is null and n.claim is null and o.contact is null
        limit $1 for update of n skip locked)`,
    [limit],
  );
  return rowCount ?? 0;
}
