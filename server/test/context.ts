import { openCache } from "../src/platform/cache.ts";
import { systemClock } from "../src/platform/clock.ts";
import { createKeys } from "../src/platform/crypto.ts";
import { openDatabase } from "../src/platform/db.ts";
import { createIds } from "../src/platform/ids.ts";
import { createLog } from "../src/platform/log.ts";
import { createTestDatabase } from "./database.ts";

/** The master key of tests; whatever a test seals, another process of it can open. */
export const testSecretKey = "the master key that all tests share";

/**
 * What actions need, on a database of its own. `close` ends the connections and drops the database.
 */
export async function createTestContext(options: { max?: number } = {}) {
  const database = await createTestDatabase();
  const log = createLog({ level: "silent", name: "test" });
  const db = openDatabase({ url: database.url, name: "test", max: options.max ?? 8, log });
  const cache = openCache({ databaseUrl: database.url, redisUrl: undefined, name: "test", log });
  return {
    db,
    cache,
    log,
    clock: systemClock,
    newId: createIds(systemClock),
    keys: createKeys(testSecretKey),
    url: database.url,
    async close() {
      await cache.close();
      await db.close();
      await database.drop();
    },
  };
}

export type TestContext = Awaited<ReturnType<typeof createTestContext>>;
