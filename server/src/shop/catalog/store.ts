import type { BuyerLimit, NewProduct, ProductChange, ProductKind } from "@orderwatch/shared/shop/catalog.ts";
import { eq } from "drizzle-orm";
import type { Database } from "../../platform/db.ts";
import { products } from "./table.ts";

export type ProductRow = typeof products.$inferSelect;

/** A product with a count of its available codes. */
export interface CountedProduct {
  sku: string;
  name: string;
  kind: ProductKind;
  priceFen: number;
  limit: number | null;
  limitPerBuyer: BuyerLimit | null;
  archived: boolean;
  demo: boolean;
  available: number;
}

/** Undefined when the SKU is taken. */
export async function insertProduct(
  db: Database,
  product: NewProduct & { id: string; demo: boolean; at: Date },
): Promise<ProductRow | undefined> {
  const { at, limit, limitPerBuyer, ...rest } = product;
  const rows = await db.orm
    .insert(products)
    .values({
      ...rest,
      limitPerOrder: limit ?? null,
      ...buyerLimitColumns(limitPerBuyer ?? null),
      createdAt: at,
      updatedAt: at,
    })
    .onConflictDoNothing({ target: products.sku })
    .returning();
  return rows[0];
}

export async function updateProduct(
  db: Database,
  sku: string,
  change: ProductChange,
  at: Date,
): Promise<ProductRow | undefined> {
  const rows = await db.orm
    .update(products)
    .set({
      updatedAt: at,
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.priceFen === undefined ? {} : { priceFen: change.priceFen }),
      ...(change.limit === undefined ? {} : { limitPerOrder: change.limit }),
      ...(change.limitPerBuyer === undefined ? {} : buyerLimitColumns(change.limitPerBuyer)),
      ...(change.archived === undefined ? {} : { archived: change.archived }),
    })
    .where(eq(products.sku, sku))
    .returning();
  return rows[0];
}

const buyerLimitColumns = (limit: BuyerLimit | null) => ({
  limitPerBuyer: limit?.units ?? null,
  limitDays: limit?.days ?? null,
});

const limitPerBuyer = `case when p.limit_per_buyer is not null
  then json_build_object('units', p.limit_per_buyer, 'days', p.limit_days) end as "limitPerBuyer"`;

export async function findProduct(db: Database, sku: string): Promise<ProductRow | undefined> {
  const rows = await db.orm.select().from(products).where(eq(products.sku, sku));
  return rows[0];
}

/** What is for sale. Counting stops at `countUpTo`, so the cost does not grow with the stock. */
export async function listForSale(db: Database, countUpTo: number): Promise<CountedProduct[]> {
  const { rows } = await db.sql.query<CountedProduct>(
    `select p.sku, p.name, p.kind, p.price_fen as "priceFen", p.limit_per_order as "limit", ${limitPerBuyer}, p.archived, p.demo,
       (select count(*)::int from
         (select from codes c where c.product_id = p.id and c.status = 'available' limit $1) counted) as available
     from products p where not p.archived order by p.id`,
    [countUpTo],
  );
  return rows;
}

/** How many codes there are of these products. Counting stops at `countUpTo`. */
export async function countAvailable(
  db: Database,
  skus: readonly string[],
  countUpTo: number,
): Promise<Pick<CountedProduct, "sku" | "kind" | "available">[]> {
  const { rows } = await db.sql.query<Pick<CountedProduct, "sku" | "kind" | "available">>({
    name: "count-available",
    text: `select p.sku, p.kind, (select count(*)::int from
        (select from codes c where c.product_id = p.id and c.status = 'available' limit $2) counted) as available
      from products p where p.sku = any($1) and not p.archived`,
    values: [skus, countUpTo],
  });
  return rows;
}

/** The catalogue with exact counts, or one product of it. Archived products come last. */
export async function listCounted(db: Database, sku?: string): Promise<CountedProduct[]> {
  const { rows } = await db.sql.query<CountedProduct>(
    `select p.sku, p.name, p.kind, p.price_fen as "priceFen", p.limit_per_order as "limit", ${limitPerBuyer}, p.archived, p.demo,
       (select coalesce(sum(s.available), 0)::int from stock_changes s where s.product_id = p.id) as available
     from products p where $1::text is null or p.sku = $1 order by p.archived, p.id`,
    [sku ?? null],
  );
  return rows;
}

/** Demo products that sell codes and have fewer than `below` of them. */
export async function listShortDemo(
  db: Database,
  below: number,
): Promise<{ id: string; available: number }[]> {
  const { rows } = await db.sql.query<{ id: string; available: number }>(
    `select * from (
       select p.id, (select count(*)::int from
         (select from codes c where c.product_id = p.id and c.status = 'available' limit $1) counted) as available
       from products p where p.demo and p.kind = 'code' and not p.archived) stocked
     where available < $1`,
    [below],
  );
  return rows;
}

export async function hasProducts(db: Database): Promise<boolean> {
  const { rows } = await db.sql.query("select from products limit 1");
  return rows.length > 0;
}
