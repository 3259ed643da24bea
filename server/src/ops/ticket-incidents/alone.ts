import type { Sql } from "../../platform/db.ts";
import type { TicketContext } from "../tickets/actions.ts";

/** One that fails holds no other up; it is tried again at the next look. How many were done. */
export async function eachAlone<T>(
  { db, log }: Pick<TicketContext, "db" | "log">,
  items: readonly T[],
  work: (sql: Sql, item: T) => Promise<boolean>,
): Promise<number> {
  let done = 0;
  for (const item of items)
    try {
      if (await db.transaction((sql) => work(sql, item))) done += 1;
    } catch (error) {
      log.error({ err: error, item }, "a ticket and its incident wait for the next look");
    }
  return done;
}
