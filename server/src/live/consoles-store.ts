import type { Sql } from "../platform/db.ts";

/** A console that stopped renewing its row for this long is not listed. */
const listedForS = 20;

export interface ConsoleAddress {
  /** Where nodes reach it, e.g. `http://127.0.0.1:8080`. */
  url: string;
  id: string;
}

/** Writes or renews a console's row; a restarted console takes over the row of its address. */
export async function announceConsole(sql: Sql, address: ConsoleAddress): Promise<void> {
  await sql.query(
    `insert into consoles (url, id, seen_at) values ($1, $2, now())
     on conflict (url) do update set id = excluded.id, seen_at = excluded.seen_at`,
    [address.url, address.id],
  );
}

/** Takes a console's row away, unless its successor has it already. */
export async function withdrawConsole(sql: Sql, address: ConsoleAddress): Promise<void> {
  await sql.query("delete from consoles where url = $1 and id = $2", [address.url, address.id]);
  await sql.query("delete from consoles where seen_at < now() - interval '1 day'");
}

/** The addresses of the consoles that live, by the database's clock. */
export async function listConsoles(sql: Sql): Promise<string[]> {
  const { rows } = await sql.query<{ url: string }>(
    "select url from consoles where seen_at > now() - make_interval(secs => $1) order by url",
    [listedForS],
  );
  return rows.map((row) => row.url);
}
