import type { CacheShares } from "@orderwatch/shared/live/telemetry.ts";
import type { CacheCounts } from "../platform/cache.ts";

const seconds = 60;
const share = (part: number, whole: number) => Math.round((part / whole) * 1_000) / 1_000;

/** The last minute of a cache, from counts that only grow; `take` once a second. */
export class CacheMinute {
  readonly #past: CacheCounts[] = [];

  /** Undefined when nothing was read. */
  take(counts: CacheCounts): CacheShares | undefined {
    const [oldest = { hits: 0, misses: 0, stale: 0 }] = this.#past;
    this.#past.push(counts);
    if (this.#past.length > seconds) this.#past.shift();
    const [hits, misses, stale] = [
      counts.hits - oldest.hits,
      counts.misses - oldest.misses,
      counts.stale - oldest.stale,
    ];
    const reads = hits + misses + stale;
    return reads === 0 ? undefined : { hit: share(hits + stale, reads), stale: share(stale, reads) };
  }
}
