import type { Sql } from "../../platform/db.ts";

/**
 * What of an order is more than its buyer may have, with what others that were paid for brought to an account: the first
 * product, and when it would no longer be too much. Waits for whoever asks the same about the account.
 */
export async function findOverLimit(
  sql: Sql,
  { orderId, accountKey, now }: { orderId: string; accountKey: bigint; now: Date },
): Promise<{ sku: string; retryAt: Date | null } | null> {
  await sql.query("select pg_advisory_xact_lock($1)", [accountKey]);
  const { rows } = await sql.query<{ sku: string; retryAt: Date | null }>(
    `select p.sku, (
        select max(kept.at) + make_interval(days => p.limit_days) from (
          select b.at, sum(b.units) over (order by b.at desc) so_far
          from units_bought(p.id, 2, $2, $3::timestamptz - make_interval(days => p.limit_days)) b) kept
        where l.units <= p.limit_per_buyer and kept.so_far + l.units > p.limit_per_buyer) as "retryAt"
      from (select product_id, sum(quantity)::int units from order_lines where order_id = $1 group by 1) l
      join products p on p.id = l.product_id
      where p.limit_per_buyer is not null and l.units + (
        select coalesce(sum(b.units), 0)
        from units_bought(p.id, 2, $2, $3::timestamptz - make_interval(days => p.limit_days)) b) > p.limit_per_buyer
      order by p.sku limit 1`,
    [orderId, accountKey, now],
  );
  return rows[0] ?? null;
}

export async function readAccountKey(sql: Sql, orderId: string): Promise<bigint | null> {
  const { rows } = await sql.query<{ key: string | null }>(
    "select account_key as key from orders where id = $1",
    [orderId],
  );
  const key = rows[0]?.key ?? null;
  return key === null ? null : BigInt(key);
}

/**
 * Another account, and another name for each line that was not delivered: a supplier may remember its refusal under the
 * name that it knew, and the refusal was final, so nothing can be on its way under it.
 */
export async function changeAccount(
  sql: Sql,
  order: { id: string; account: Buffer; accountKey: bigint },
): Promise<void> {
  await sql.query("update orders set recharge_account = $2, account_key = $3 where id = $1", [
    ...[order.id, order.account, order.accountKey],
  ]);
  await sql.query(
    `update order_lines l set id = uuidv7() from products p
      where l.order_id = $1 and p.id = l.product_id and p.kind = 'recharge' and l.supplier_reference is null`,
    [order.id],
  );
}
