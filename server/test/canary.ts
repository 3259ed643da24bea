import type { Database } from "../src/platform/db.ts";

/**
 * Every place in the database where a text, or any of several, stands in clear: `table.column` of any column whose text
 * or bytes contain it.
 * Partitions are searched through their parents.
 */
export async function findInDatabase(db: Database, canary: string | readonly string[]): Promise<string[]> {
  const { rows } = await db.sql.query<{ table: string; column: string; type: string }>(
    `select format('%I.%I', n.nspname, c.relname) as table, quote_ident(a.attname) as column, t.typname as type
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_type t on t.oid = a.atttypid
     where c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
       and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`,
  );
  const found: string[] = [];
  for (const { table, column, type } of rows) {
    const matches =
      type === "bytea"
        ? `position(convert_to(canary, 'UTF8') in ${column}) > 0`
        : `position(canary in ${column}::text) > 0`;
    const hits = await db.sql.query(
      `select from ${table} join unnest($1::text[]) as canary on ${matches} limit 1`,
      [[canary].flat()],
    );
    if (hits.rows.length > 0) found.push(`${table}.${column}`);
  }
  return found;
}
