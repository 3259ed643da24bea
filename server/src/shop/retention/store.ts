import type { Sql } from "../../platform/db.ts";

/**
 * Locks synthetic orders that were made before a moment and have come to an end, beyond an id; those that another
 * process has locked are left to it. One that its buyer wrote about stays.
 */
export async function lockForgettable(
  sql: Sql,
  { after, before, limit }: { after: string | null; before: Date; limit: number },
): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>({
    name: "lock-forgettable",
    text: `select id from orders o
      where origin <> 'buyer' and id < first_id_at($1) and ($2::uuid is null or id > $2)
        and status in ('delivered', 'expired', 'cancelled', 'refunded')
        and not exists (select from conversations c where c.order_id = o.id)
      order by id limit $3 for update skip locked`,
    values: [before, after, limit],
  });
  return rows.map(({ id }) => id);
}

/**
 * Deletes locked orders with all that was written down for them. Codes that they bought go too, and out of the ledger
 * of their imports, so that what was imported stays the sum of what there is.
 */
export async function forgetOrders(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.query({
    name: "forget-codes",
    text: `with gone as (delete from delivered_codes d using codes c
          where c.order_id = any($1) and d.code_id = c.id returning d.code_id)
      select count(*) from gone`,
    values: [ids],
  });
  await sql.query({
    name: "forget-stock",
    text: `with gone as (delete from codes where order_id = any($1) returning import_id),
        counted as (select import_id, count(*)::int as n from gone group by import_id order by import_id)
      update stock_imports i set imported = i.imported - n from counted where i.id = counted.import_id`,
    values: [ids],
  });
  await sql.query({
    name: "forget-payments",
    text: `with paid as (delete from payments where order_id = any($1) returning id),
        noticed as (delete from payment_notices where payment_id in (select id from paid)),
        returned as (delete from refunds where order_id = any($1)),
        watched as (delete from order_watchers where order_id = any($1)),
        listed as (delete from order_lines where order_id = any($1)),
        happened as (delete from order_events where order_id = any($1))
      delete from orders where id = any($1)`,
    values: [ids],
  });
}
