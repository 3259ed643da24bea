import type { Sql } from "../../platform/db.ts";

export interface StockMismatch {
  sku: string;
  codes: number;
  /** How many were imported and are not there any more. */
  missing: number;
}

/** Products whose codes, counted one by one, differ from the ledger that staff read or from what was imported. */
export const stockMismatches = `with ledger as (
    select product_id, sum(available) a, sum(held) h, sum(sold) s, sum(void) v from stock_changes group by 1
  ), counted as (
    select product_id, count(*) filter (where status = 'available') a, count(*) filter (where status = 'held') h,
      count(*) filter (where status = 'sold') s, count(*) filter (where status = 'void') v, count(*) n
    from codes group by 1
  ), imported as (
    select product_id, sum(imported) n from stock_imports group by 1
  ), compared as (
    select p.sku, greatest(
      abs(coalesce(c.a, 0) - coalesce(l.a, 0)) + abs(coalesce(c.h, 0) - coalesce(l.h, 0))
        + abs(coalesce(c.s, 0) - coalesce(l.s, 0)) + abs(coalesce(c.v, 0) - coalesce(l.v, 0)),
      abs(coalesce(c.n, 0) - coalesce(i.n, 0)))::int as codes,
      greatest(0, coalesce(i.n, 0) - coalesce(c.n, 0))::int as missing
    from products p left join counted c on c.product_id = p.id left join ledger l on l.product_id = p.id
      left join imported i on i.product_id = p.id
    where p.kind = 'code'
  )
  select sku, codes, missing from compared where codes > 0`;

/** All of one moment. */
export async function listMismatches(sql: Sql): Promise<StockMismatch[]> {
  const { rows } = await sql.query<StockMismatch>({
    name: "list-stock-mismatches",
    text: `${stockMismatches} order by sku limit 100`,
  });
  return rows;
}
