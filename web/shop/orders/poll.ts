import type { OrderStatus } from "@orderwatch/shared/shop/orders.ts";

const settled: readonly OrderStatus[] = ["delivered", "cancelled", "refunded"];

/** True once an order no longer changes by itself. */
export const isSettled = (status: OrderStatus): boolean => settled.includes(status);

const secondMs = 1_000;
const slowestMs = 15_000;

/**
 * Milliseconds until the order is read again, or null when it will not change any more. Every second for the first
 * minute without news, then ever slower; after failed reads slower still.
 */
export function nextReadMs(seen: {
  status: OrderStatus;
  unchangedMs: number;
  failures: number;
  /** The shop tells of changes by itself. */
  live?: boolean;
}): number | null {
  if (isSettled(seen.status)) return null;
  if (seen.live && seen.failures === 0) return slowestMs;
  const calm = seen.unchangedMs < 60_000 ? secondMs : Math.min(seen.unchangedMs / 30, slowestMs);
  const troubled = seen.failures === 0 ? 0 : Math.min(secondMs * 2 ** (seen.failures - 1), slowestMs);
  return Math.max(calm, troubled);
}
