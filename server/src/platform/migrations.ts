import { join } from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";

const migrationsFolder = join(import.meta.dirname, "../../migrations");
/** Any fixed number will do, as long as every process uses the same. */
const migrationLock = 7_203_115_001;

/**
 * Partitions from yesterday's month to the one after next. Few, since every statement over a partitioned table pays for
 * each of them; so it is asked again daily.
 */
export const ensurePartitions = "select ensure_partitions(now() - interval '1 day', 3)";

/**
 * Brings the database to the newest schema, makes partitions for the coming months and adopts rows that were restored
 * from another cluster. Safe to call from many
 * processes at once: an advisory lock lets one work while the others wait.
 */
export async function migrate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: "orderwatch-migrate" });
  // One that breaks between two statements would end the process if nobody listened; the next statement tells.
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [migrationLock]);
    await applyMigrations(drizzle(client), { migrationsFolder });
    await client.query(ensurePartitions);
    await client.query("select adopt_restored_events()");
  } finally {
    await client.end();
  }
}
