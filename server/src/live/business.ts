import type { Origin, PaymentMethod } from "@orderwatch/shared/shop/orders.ts";

/** The order events that are counted, by the names of their rows. */
export const countedTypes = ["placed", "paid", "delivered", "refunded", "failed"] as const;
export type CountedType = (typeof countedTypes)[number];

/** Drills are never counted. */
export type CountedOrigin = Exclude<Origin, "drill">;

/** `n` events of one kind in one second of their own time. `code` is set on failures alone. */
export interface EventCount {
  /** Seconds since 1970 UTC. */
  second: number;
  type: CountedType;
  code: string | null;
  method: PaymentMethod;
  origin: CountedOrigin;
  n: number;
}

export interface CountedEvents {
  /** Everything of transactions below this one is counted; where the next count starts. */
  toXid: string;
  rows: EventCount[];
  /** True where a long way back was cut short and counting can go on at once. */
  more: boolean;
}

/**
 * Counts event rows by the transaction that wrote them (an `xid8` in decimal). The answer covers transactions from
 * `fromXid` on and below `toXid`, which is at most the oldest one still running: no row can appear below it later, so
 * adjoining answers hold every row exactly once. `fromXid` may be "0"; `untilXid` bounds the answer further.
 */
export interface EventSource {
  count(fromXid: string, untilXid?: string): Promise<CountedEvents>;
}

/** Compares two decimal `xid8`. */
export function isBefore(xid: string, other: string): boolean {
  return BigInt(xid) < BigInt(other);
}
