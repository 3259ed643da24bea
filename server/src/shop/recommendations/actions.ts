import type { Recommendations } from "@orderwatch/shared/shop/recommendations.ts";
import type { Cache } from "../../platform/cache.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import type { Listing } from "../catalog/actions.ts";
import { choose, learnEveryMs } from "./domain.ts";
import { learn, readPopular, scoreFor, type Whose } from "./store.ts";

export type { Whose } from "./store.ts";

export interface RecommendationContext {
  db: Database;
  cache: Cache;
  clock: Clock;
  listing: Pick<Listing, "read">;
}

/** What a buyer's history says is kept so long; their next look after buying may still show the one before. */
const scoresTtlMs = 60_000;
const popularTtlMs = 300_000;

/** What to show to a signed-in buyer, or to whoever uses this device; to anyone else, what most buyers buy. */
export async function recommend(
  { db, cache, clock, listing }: RecommendationContext,
  whose: Whose | null,
): Promise<Recommendations> {
  const [{ items }, popular, scored] = await Promise.all([
    listing.read(),
    cache.read("recommendations:popular", () => readPopular(db.sql), { ttlMs: popularTtlMs }),
    whose === null
      ? []
      : cache.read(
          `recommendations:${"deviceKey" in whose ? whose.deviceKey : whose.buyerId}`,
          () => scoreFor(db.sql, whose, clock.now()),
          { ttlMs: scoresTtlMs },
        ),
  ]);
  const onSale = items.filter(({ stock }) => stock !== "out").map(({ sku }) => sku);
  return { items: choose(scored, popular, onSale) };
}

/** Learns anew from what was bought, once an hour, whichever process comes first. */
export async function learnTastes({ db, clock }: Pick<RecommendationContext, "db" | "clock">): Promise<void> {
  const now = clock.now();
  await db.transaction((sql) => learn(sql, now, new Date(now.getTime() - learnEveryMs)));
}
