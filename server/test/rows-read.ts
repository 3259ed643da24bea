import type { Database, Sql } from "../src/platform/db.ts";

/** What `work` gives in a transaction, and how many rows of the tables `like` this pattern it fetched, found or not. */
export function countRead<T>(
  db: Database,
  like: string,
  work: (sql: Sql) => Promise<T>,
): Promise<{ value: T; read: number }> {
  return db.transaction(async (sql) => {
    const fetched = async () => {
      const { rows } = await sql.query<{ n: number }>(
        `select coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::int as n
          from pg_stat_xact_user_tables where relname like $1`,
        [like],
      );
      return rows[0]?.n ?? 0;
    };
    // What this connection did before is not all told yet.
    const before = await fetched();
    const value = await work(sql);
    return { value, read: (await fetched()) - before };
  });
}
