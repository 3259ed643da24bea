/** A code proves a phone number for ten minutes and five entries; a tier goes by a year's paid orders. */
import type { BuyerTier } from "@orderwatch/shared/shop/buyers.ts";

export const rules = {
  code: { livesMs: 10 * 60_000, mostTries: 5, betweenMs: 60_000, mostAnHour: 5, hourMs: 3_600_000 },
  /** Links to one's orders: of so far back, so many at most, and answered within minutes or not at all. */
  lookup: {
    ...{ livesMs: 10 * 60_000, betweenMs: 120_000, mostAnHour: 3, hourMs: 3_600_000 },
    ...{ reachMs: 90 * 24 * 3_600_000, mostOrders: 20 },
  },
  sessionMs: 90 * 24 * 3_600_000,
  tierMs: 365 * 24 * 3_600_000,
  watchMs: 7 * 24 * 3_600_000,
  /** Payment companies repeat what was not acknowledged for a day and a little; after twice that nothing comes by itself. */
  lateMoneyMs: 48 * 3_600_000,
} as const;

const tiers: readonly [BuyerTier, number][] = [
  ["gold", 200_000],
  ["silver", 50_000],
];

/** From ¥500 paid within a year silver, from ¥2,000 gold. */
export const tierOf = (spentFen: number): BuyerTier =>
  tiers.find(([, fromFen]) => spentFen >= fromFen)?.[0] ?? "regular";

/** Six digits made of a keyed hash: nobody without the key can tell them, and they need not be kept. */
export const digitsOf = (hash: Buffer): string => String(hash.readUInt32BE(0) % 1_000_000).padStart(6, "0");
