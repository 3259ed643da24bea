import { EventEmitter } from "node:events";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { BentoCache, bentostore, errors } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import type { CacheEvents } from "bentocache/types";
import { createPostgresBus } from "./cache/postgres-bus.ts";
import { openRedis } from "./cache/redis.ts";
import type { Logger } from "./log.ts";
import { Counter, type Registry } from "./metrics.ts";

/** Reads since the process began. `stale` were answered with an older value because the source was slow or down. */
export interface CacheCounts {
  hits: number;
  misses: number;
  stale: number;
}

export interface ReadOptions {
  ttlMs?: number;
  /** True for what decides instead of informing, such as who is signed in: no older value stands in for a source. */
  exact?: boolean;
}

export interface Cache {
  /**
   * What `load` gives, kept for at most `ttlMs`; null is kept too. However many ask for a key at once, it is loaded once. A
   * source that is slow or fails is covered by the last value for `graceMs`, unless the reading is `exact`; without one its
   * error is thrown.
   */
  read<T>(key: string, load: () => Promise<T>, options?: ReadOptions): Promise<T>;
  /** What is behind the key has changed: every process loads it anew at the next reading. Returns at once. */
  changed(key: string): void;
  /** As `changed`; resolves once it is known wherever this process reads, for whoever reads right afterwards. Never throws. */
  outdate(key: string): Promise<void>;
  /** What is behind the key is no more: nothing of it stays in any process. Returns at once. */
  gone(key: string): void;
  counts(): CacheCounts;
  close(): Promise<void>;
}

export interface CacheTimes {
  ttlMs: number;
  /** How long an outdated value may stand in for a source that does not answer. */
  graceMs: number;
  /** With an outdated value at hand, a reader waits so long for a new one. */
  waitMs: number;
  /** A load that takes longer has failed. */
  loadWithinMs: number;
  /** A source that failed is left alone for so long. */
  restMs: number;
}

const usual: CacheTimes = { ttlMs: 30_000, graceMs: 600_000, waitMs: 60, loadWithinMs: 3_000, restMs: 1_000 };
/** Entries expire up to this share early, so that what was loaded together is not asked for together. */
const jitter = 0.2;
const mostEntries = 10_000;
/** A value that changed while it was loaded is loaded again; after so many tries it is kept for a moment only. */
const mostLoads = 3;
const changingTtlMs = 1_000;

/** What a process looks at all the time is nobody's read, and would drown those that are. */
const isWatched = (key: string): boolean => key.startsWith("watched:");

/** How long an entry lives; `random` is from 0 to 1. */
export const lifetimeMs = (ttlMs: number, random: number): number =>
  Math.round(ttlMs * (1 - jitter * random));

/**
 * A read-through cache of this process. With Redis, processes share a second tier; either way a change is announced to
 * all of them, on Redis or on PostgreSQL. A lost announcement costs freshness for `ttlMs` at most, never more.
 */
export function openCache(options: {
  databaseUrl: string;
  redisUrl: string | undefined;
  name: string;
  log: Logger;
  metrics?: Registry;
  times?: Partial<CacheTimes>;
  random?: () => number;
}): Cache {
  const { log, random = Math.random } = options;
  const times = { ...usual, ...options.times };
  const sources = new Sources(times);
  const counts: CacheCounts = { hits: 0, misses: 0, stale: 0 };
  const count = countReads(counts, options.metrics);

  const redis = options.redisUrl === undefined ? undefined : openRedis(options.redisUrl, log);
  // What comes from a second tier is text, and the library would store it as such among the values of the first.
  const first = memoryDriver({ serialize: redis !== undefined, maxItems: mostEntries });
  const store = bentostore().useL1Layer(first);
  if (redis) store.useL2Layer(redis.tier).useBus(redis.bus);
  else
    store.useBus({
      options: {},
      factory: () =>
        createPostgresBus({
          url: options.databaseUrl,
          name: options.name,
          log,
          onBack: () => {
            for (const key of sources.keys()) changed(key);
          },
        }),
    });
  const emitter = new EventEmitter();
  const bento = new BentoCache({
    default: "main",
    stores: { main: store },
    prefix: "orderwatch",
    emitter,
    grace: times.graceMs,
    graceBackoff: times.restMs,
    suppressL2Errors: true,
    l2CircuitBreakerDuration: 1_000,
  });
  emitter.on("cache:hit", ({ key, graced }: CacheEvents["cache:hit"]) => {
    if (!isWatched(key)) count(graced || sources.isFailing(key) ? "stale" : "hits");
  });
  emitter.on("cache:miss", ({ key }: CacheEvents["cache:miss"]) => {
    if (!isWatched(key)) count("misses");
  });
  emitter.on("bus:message:received", ({ message }: CacheEvents["bus:message:received"]) =>
    sources.outdate(...message.keys),
  );

  const announce = async (key: string, how: "expire" | "delete"): Promise<void> => {
    sources.outdate(key);
    try {
      await bento[how]({ key });
    } catch (error) {
      log.warn({ err: error, key }, "a change was not announced");
    }
  };
  const outdate = (key: string): Promise<void> => announce(key, "expire");
  const changed = (key: string): void => void outdate(key);
  // The bus listens from here on, not from the first reading on.
  bento.use("main");

  return {
    async read<T>(
      key: string,
      load: () => Promise<T>,
      { ttlMs = times.ttlMs, exact = false }: ReadOptions = {},
    ): Promise<T> {
      try {
        return await bento.getOrSet<T>({
          key,
          ttl: lifetimeMs(ttlMs, random()),
          ...(exact ? { grace: false } : {}),
          timeout: sources.isSlow(key) || sources.isFailing(key) ? 0 : times.waitMs,
          // Announced is what changed, not what was loaded: else loads of different nodes would outdate each other.
          skipBusNotify: true,
          async factory(context) {
            const { value, isSettled } = await sources.load(key, load);
            if (!isSettled) context.setOptions({ ttl: changingTtlMs, skipBusNotify: true });
            return value;
          },
        });
      } catch (error) {
        throw error instanceof errors.E_FACTORY_ERROR ? error.cause : error;
      }
    },
    changed,
    outdate,
    gone: (key) => void announce(key, "delete"),
    counts: () => ({ ...counts }),
    async close() {
      // Over a lost connection the library would wait for Redis to come back and take its leave.
      if (redis) redis.close();
      else await bento.disconnectAll();
    },
  };
}

/** What is known of the source behind each key: how it does, and whether it changed while it was read. */
class Sources {
  readonly #times: CacheTimes;
  readonly #changes = new Map<string, number>();
  readonly #loadingSince = new Map<string, number>();
  readonly #failed = new Map<string, { at: number; error: unknown }>();

  constructor(times: CacheTimes) {
    this.#times = times;
  }

  keys(): string[] {
    return [...this.#changes.keys()];
  }

  outdate(...keys: string[]): void {
    for (const key of keys) {
      const changes = this.#changes.get(key);
      if (changes !== undefined) this.#changes.set(key, changes + 1);
    }
  }

  isFailing(key: string): boolean {
    return this.#failed.has(key);
  }

  isSlow(key: string): boolean {
    const since = this.#loadingSince.get(key);
    return since !== undefined && performance.now() - since > this.#times.waitMs;
  }

  async load<T>(key: string, load: () => Promise<T>): Promise<{ value: T; isSettled: boolean }> {
    const failed = this.#failed.get(key);
    // Who waited behind a load that failed gets its error, instead of failing the same way one after another.
    if (failed && performance.now() - failed.at < this.#times.restMs) throw failed.error;
    this.#loadingSince.set(key, performance.now());
    try {
      for (let tries = 1; ; tries++) {
        const changes = this.#changes.get(key) ?? 0;
        this.#remember(key, changes);
        const value = await this.#within(load());
        const isSettled = this.#changes.get(key) === changes;
        if (!isSettled && tries < mostLoads) continue;
        this.#failed.delete(key);
        return { value, isSettled };
      }
    } catch (error) {
      this.#failed.set(key, { at: performance.now(), error });
      throw error;
    } finally {
      this.#loadingSince.delete(key);
    }
  }

  #remember(key: string, changes: number): void {
    this.#changes.delete(key);
    this.#changes.set(key, changes);
    const [oldest] = this.#changes.keys();
    if (this.#changes.size <= mostEntries || oldest === undefined) return;
    this.#changes.delete(oldest);
    this.#failed.delete(oldest);
  }

  #within<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new DomainError("server.busy", "The database takes too long; try again in a moment")),
        this.#times.loadWithinMs,
      );
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }
}

function countReads(counts: CacheCounts, metrics: Registry | undefined): (result: keyof CacheCounts) => void {
  const reads =
    metrics &&
    new Counter({
      name: "cache_reads_total",
      help: "Reads through the cache: from it, past it, and stale because the source was slow or down",
      labelNames: ["result"] as const,
      registers: [metrics],
    });
  return (result) => {
    counts[result] += 1;
    reads?.inc({ result });
  };
}
