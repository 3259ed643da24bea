/** Numbers from 0 up to 1. */
export type Random = () => number;

/**
 * The same seed gives the same numbers, on any machine. Mulberry32 (Tommy Ettinger, public domain): plenty for shoppers, not
 * for secrets.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Another stream of numbers, so that what one shopper draws does not shift the next one's. */
export function forkRandom(random: Random): Random {
  return seededRandom(Math.floor(random() * 2 ** 32));
}

/** One of the weighted values; weights are relative and at least one is positive. */
export function pick<T>(random: Random, weighted: readonly (readonly [value: T, weight: number])[]): T {
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0);
  let left = random() * total;
  for (const [value, weight] of weighted) {
    left -= weight;
    if (left < 0) return value;
  }
  const last = weighted.at(-1);
  if (!last) throw new RangeError("nothing to pick from");
  return last[0];
}

export function between(random: Random, low: number, high: number): number {
  return low + random() * (high - low);
}
