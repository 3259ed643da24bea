/** Counts of windows that are over: they never change, so they are kept for a while, each counted once however many ask. */
export interface References<T> {
  read(key: string, load: () => Promise<T>): Promise<T>;
}

/** Rows of a past window only ever go, when they are pruned. */
const keptMs = 30 * 60_000;
const mostKept = 2_000;

/** `nowMs` is a time in ms from any start. */
export function createReferences<T>(nowMs: () => number = () => performance.now()): References<T> {
  const kept = new Map<string, { until: number; value: Promise<T> }>();
  return {
    read(key, load) {
      const known = kept.get(key);
      if (known && known.until > nowMs()) return known.value;
      const value = load();
      kept.delete(key);
      kept.set(key, { until: nowMs() + keptMs, value });
      // What failed is asked for again by the next.
      value.catch(() => kept.delete(key));
      const [oldest] = kept.keys();
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
      return value;
    },
  };
}
