/** A recommendation names only what is on sale and in stock, each product once. */
import type { Recommendations } from "@orderwatch/shared/shop/recommendations.ts";

/** How many are named. */
export const mostRecommended = 4;
/** What was bought one purchase earlier counts this share of the later one. */
export const fade = 0.8;
/** Products of one buyer that count, the latest. */
export const longestHistory = 20;
/**
 * Added to the number of buyers that a likeness is divided by, so that a few buyers in common do not make two products
 * alike.
 */
export const shrinkage = 5;
/** Purchases that are looked at: of so many days, and of these the latest so many. */
export const lookBack = { days: 90, orders: 200_000 } as const;
/** How old what was learned may become. */
export const learnEveryMs = 60 * 60_000;

export interface Scored {
  sku: string;
  score: number;
  isOwn: boolean;
}

/** The best scored that are on sale, filled up with what is popular, then with the catalogue's own order. */
export function choose(
  scored: readonly Scored[],
  popular: readonly string[],
  onSale: readonly string[],
): Recommendations["items"] {
  const sale = new Set(onSale);
  const chosen = new Map<string, Recommendations["items"][number]>();
  const add = (item: Recommendations["items"][number]): void => {
    if (chosen.size < mostRecommended && sale.has(item.sku) && !chosen.has(item.sku))
      chosen.set(item.sku, item);
  };
  for (const { sku, isOwn } of scored.toSorted((a, b) => b.score - a.score))
    add({ sku, reason: isOwn ? "again" : "similar" });
  for (const sku of [...popular, ...onSale]) add({ sku, reason: "popular" });
  return [...chosen.values()];
}
