import type { Product } from "@orderwatch/shared/shop/catalog.ts";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import { type Endpoint, endpoint } from "../../platform/http/endpoint.ts";
import { listForSale } from "./actions.ts";

/** How old the listing may be. Short enough that nobody notices, long enough that a crowd costs five queries a second. */
const freshForMs = 200;

/** The buyers' side of the catalogue. */
export function catalogEndpoints(context: { db: Database; clock: Clock }): Endpoint[] {
  const listing = shared(() => listForSale(context), context.clock);
  return [endpoint(shopRoutes.listProducts, async () => ({ items: await listing(), nextCursor: null }))];
}

/** Everyone who asks while a listing is loading, or just after, gets that one. A failed load is not kept. */
function shared(load: () => Promise<Product[]>, clock: Clock): () => Promise<Product[]> {
  let latest: { at: number; listing: Promise<Product[]> } | undefined;
  return () => {
    const now = clock.now().getTime();
    if (latest && now - latest.at < freshForMs && now >= latest.at) return latest.listing;
    const entry = { at: now, listing: load() };
    entry.listing.catch(() => {
      if (latest === entry) latest = undefined;
    });
    latest = entry;
    return entry.listing;
  };
}
