import { createHash } from "node:crypto";
import type { Product } from "@orderwatch/shared/shop/catalog.ts";
import type { Cache } from "../../platform/cache.ts";
import type { Database } from "../../platform/db.ts";
import type { Logger } from "../../platform/log.ts";
import { lowStockBelow, stockLevel, toPublic } from "./domain.ts";
import * as store from "./store.ts";

/** The list as it goes out: its bytes are made once for all who ask. */
export interface ListedProducts {
  items: Product[];
  body: Buffer;
  etag: string;
}

/**
 * What buyers see of the catalogue, kept in the cache as a whole: so a SKU that does not exist costs no query, however
 * many are made up. Levels of stock only inform; whether an order gets its codes is decided by the order's statement.
 */
export interface Listing {
  read(): Promise<ListedProducts>;
  /** Loads the list however fresh it is, as far as the database answers in time. */
  renew(): Promise<void>;
  find(sku: string): Promise<Product | undefined>;
  /** Codes of these products were taken: their levels are looked at within `lookEveryMs`, and all nodes told of a change. */
  taken(skus: readonly string[]): void;
  /** Codes came back from orders: what is scarce may be there again. */
  returned(): void;
  close(): Promise<void>;
}

const cacheKey = "catalogue";

/** Tells every node that the list of what is for sale has changed. */
export const catalogueChanged = (cache: Pick<Cache, "changed">): void => cache.changed(cacheKey);

/** Sales of this long share one look at the levels. */
const lookEveryMs = 250;

const levelsIn = (list: readonly Product[]) => new Map(list.map(({ sku, stock }) => [sku, stock]));

export function createListing(deps: { db: Database; cache: Cache; log: Logger }): Listing {
  const { db, cache, log } = deps;
  const made = new WeakMap<Product[], ListedProducts>();
  /** By SKU, the list that was shown when it was noted. */
  const waiting = new Map<string, Product[]>();
  let latest: Product[] = [];
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  const readItems = async (): Promise<Product[]> => {
    latest = await cache.read(cacheKey, async () =>
      (await store.listForSale(db, lowStockBelow)).map(toPublic),
    );
    return latest;
  };

  const look = async (): Promise<void> => {
    const noted = new Map(waiting);
    waiting.clear();
    const shown = latest;
    const counted = await store.countAvailable(db, [...noted.keys()], lowStockBelow);
    const levels = new Map(Array.from(new Set([...noted.values(), shown]), (list) => [list, levelsIn(list)]));
    // This process may have loaded the list anew since, with the sale in it; the others still show what was noted.
    const differs = counted.some(({ sku, kind, available }) =>
      [noted.get(sku) ?? shown, shown].some(
        (list) => levels.get(list)?.get(sku) !== stockLevel(kind, available),
      ),
    );
    if (differs) catalogueChanged(cache);
  };

  const note = (sku: string): void => {
    if (!waiting.has(sku)) waiting.set(sku, latest);
  };

  const later = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      looking = look().catch((error: unknown) =>
        log.warn({ err: error }, "levels of stock were not looked at; they show when the list expires"),
      );
    }, lookEveryMs);
  };

  const read = async (): Promise<ListedProducts> => {
    const items = await readItems();
    const known = made.get(items);
    if (known) return known;
    const body = Buffer.from(JSON.stringify({ items, nextCursor: null }));
    const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
    const listed = { items, body, etag };
    made.set(items, listed);
    return listed;
  };

  return {
    read,
    async renew() {
      await cache.outdate(cacheKey);
      await read();
    },
    find: async (sku) => (await readItems()).find((product) => product.sku === sku),
    taken(skus) {
      for (const sku of skus) note(sku);
      later();
    },
    returned() {
      for (const { sku, stock } of latest) if (stock !== "in") note(sku);
      if (waiting.size > 0) later();
    },
    async close() {
      clearTimeout(timer);
      await looking;
    },
  };
}
