import { DomainError } from "@orderwatch/shared/problem.ts";
import type { NewProduct, Product, ProductChange } from "@orderwatch/shared/shop/catalog.ts";
import type { Cache } from "../../platform/cache.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import { toPublic } from "./domain.ts";
import { catalogueChanged } from "./listing.ts";
import * as store from "./store.ts";

export { lowStockBelow } from "./domain.ts";
export { catalogueChanged, createListing, type Listing } from "./listing.ts";

export interface CatalogContext {
  db: Database;
  clock: Clock;
  newId: NewId;
  /** Tells the nodes of what has changed. */
  cache: Pick<Cache, "changed">;
}

/** A product as staff see it. */
export interface StockedProduct extends Product {
  archived: boolean;
  demo: boolean;
  /** Exact; 0 for recharges. */
  available: number;
}

/** What is written together with a change, both or neither. */
export type Alongside = (within: Database) => Promise<void>;

/** Throws `product.exists`. A demo product is bought by simulated shoppers and restocked by the server. */
export async function createProduct(
  { db, clock, newId, cache }: CatalogContext,
  product: NewProduct & { demo?: boolean },
  alongside?: Alongside,
): Promise<StockedProduct & { id: string }> {
  const row = await db.transaction(async (_, within) => {
    const inserted = await store.insertProduct(within, {
      ...product,
      id: newId(),
      demo: product.demo ?? false,
      at: clock.now(),
    });
    if (!inserted) throw new DomainError("product.exists", `There is a product with the SKU ${product.sku}`);
    await alongside?.(within);
    return inserted;
  });
  catalogueChanged(cache);
  const limitPerBuyer = product.limitPerBuyer ?? null;
  return { id: row.id, ...toStaff({ ...row, limit: row.limitPerOrder, limitPerBuyer, available: 0 }) };
}

/** Throws `product.not_found`. A limit that is null is taken away. */
export async function changeProduct(
  { db, clock, cache }: Pick<CatalogContext, "db" | "clock" | "cache">,
  sku: string,
  change: ProductChange,
  alongside?: Alongside,
): Promise<StockedProduct> {
  await db.transaction(async (_, within) => {
    if (!(await store.updateProduct(within, sku, change, clock.now()))) throw unknownProduct(sku);
    await alongside?.(within);
  });
  catalogueChanged(cache);
  const [counted] = await store.listCounted(db, sku);
  if (!counted) throw unknownProduct(sku);
  return toStaff(counted);
}

/** The whole catalogue, archived products last. */
export async function listStocked({ db }: Pick<CatalogContext, "db">): Promise<StockedProduct[]> {
  return (await store.listCounted(db)).map(toStaff);
}

/** Throws `product.not_found`. */
export async function findProduct(
  { db }: Pick<CatalogContext, "db">,
  sku: string,
): Promise<store.ProductRow> {
  const row = await store.findProduct(db, sku);
  if (!row) throw unknownProduct(sku);
  return row;
}

/** Demo products that sell codes and have fewer than `below` left, by id. */
export async function listShortDemo(
  { db }: Pick<CatalogContext, "db">,
  below: number,
): Promise<{ id: string; available: number }[]> {
  return await store.listShortDemo(db, below);
}

export async function isEmpty({ db }: Pick<CatalogContext, "db">): Promise<boolean> {
  return !(await store.hasProducts(db));
}

function toStaff(row: store.CountedProduct): StockedProduct {
  return { ...toPublic(row), archived: row.archived, demo: row.demo, available: row.available };
}

const unknownProduct = (sku: string) => new DomainError("product.not_found", `There is no product ${sku}`);
