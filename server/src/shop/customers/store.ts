import type { Sql } from "../../platform/db.ts";

/** False when there is no such product. */
export async function insertRestockNotice(
  sql: Sql,
  notice: { id: string; sku: string; contact: Buffer; contactKey: bigint; now: Date },
): Promise<boolean> {
  const { rows } = await sql.query<{ known: boolean }>(
    `with product as (select id from products where sku = $2 and not archived), noted as (
        insert into restock_notices (id, product_id, contact, contact_key, created_at)
        select $1, id, $3, $4, $5 from product on conflict (product_id, contact_key) do nothing
      )
      select exists (select from product) as known`,
    [notice.id, notice.sku, notice.contact, notice.contactKey, notice.now],
  );
  return rows[0]?.known ?? false;
}
