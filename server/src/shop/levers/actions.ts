import type { LeverChange, Levers } from "@orderwatch/shared/ops/levers.ts";
import type { Cache } from "../../platform/cache.ts";
import type { Sql } from "../../platform/db.ts";
import type { Logger } from "../../platform/log.ts";
import { startLoop } from "../../platform/loop.ts";
import { restingLevers } from "./domain.ts";
import * as store from "./store.ts";

export { refusalOfMethod, refusalOfUnits } from "./domain.ts";
export { readLevers } from "./store.ts";

/** What this process goes by. */
export interface LeverWatch {
  current(): Levers;
  close(): Promise<void>;
}

/** Not counted among the reads of buyers: it is looked at all the time, by nobody. */
const cacheKey = "watched:levers";
const lookEveryMs = 200;
/** A lost announcement costs no more than this. */
const freshMs = 1_000;

/**
 * Sets levers in the caller's transaction. Once that has committed, `announceLevers` makes every node follow at once;
 * without it they follow within a second.
 */
export async function changeLevers(
  sql: Sql,
  change: LeverChange,
  by: { by: string; at: Date },
): Promise<Levers> {
  return await store.changeLevers(sql, change, by);
}

export const announceLevers = (cache: Pick<Cache, "changed">): void => cache.changed(cacheKey);

/**
 * Follows the levers, so that the hottest paths can ask without waiting. With the database away the last known ones
 * stand; before the first look nothing is refused.
 */
export async function watchLevers(deps: { sql: Sql; cache: Cache; log: Logger }): Promise<LeverWatch> {
  let current = restingLevers;
  const look = async () => {
    current = await deps.cache.read(cacheKey, () => store.readLevers(deps.sql), { ttlMs: freshMs });
    return { more: false };
  };
  const loop = startLoop({ name: "levers", everyMs: lookEveryMs, work: look, log: deps.log });
  await loop.poke();
  return { current: () => current, close: () => loop.stop() };
}
