import type { Clock } from "../../platform/clock.ts";
import type { Database, Sql } from "../../platform/db.ts";
import * as store from "./store.ts";

/** Orders of shoppers and drills are kept so long, in days; buyers' for good. */
export const syntheticDays = 7;
const atOnce = 500;

export interface RetentionContext {
  db: Database;
  clock: Clock;
  /** Which of these orders others still speak of, such as a ticket: those stay. */
  spokenOf: (sql: Sql, orderIds: readonly string[]) => Promise<readonly string[]>;
}

/**
 * Forgets synthetic orders that ended and are older than they are kept, with their payments, codes and events: one chunk,
 * in one transaction. `last` is where the next chunk begins; null when there is none.
 */
export async function forgetSyntheticOrders(
  { db, clock, spokenOf }: RetentionContext,
  after: string | null,
): Promise<{ forgotten: number; last: string | null }> {
  const before = new Date(clock.now().getTime() - syntheticDays * 86_400_000);
  return await db.transaction(async (sql) => {
    const ids = await store.lockForgettable(sql, { after, before, limit: atOnce });
    if (ids.length === 0) return { forgotten: 0, last: null };
    const kept = new Set(await spokenOf(sql, ids));
    const gone = ids.filter((id) => !kept.has(id));
    if (gone.length > 0) await store.forgetOrders(sql, gone);
    return { forgotten: gone.length, last: ids.length < atOnce ? null : (ids.at(-1) ?? null) };
  });
}
