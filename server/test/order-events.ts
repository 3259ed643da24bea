import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { EventCount } from "../src/live/business.ts";
import { createIds } from "../src/platform/ids.ts";

const newId = createIds({ now: () => new Date() });

export interface EventRow {
  type?: string;
  code?: string | null;
  method?: "wechat" | "alipay";
  origin?: "buyer" | "simulated" | "drill";
  at: Date;
}

/** Writes order events as the order backend does: one row each, stamped with the writing transaction. */
export async function writeEvents(sql: Pick<pg.Pool, "query">, events: readonly EventRow[]): Promise<void> {
  await sql.query(
    `insert into order_events (id, order_id, type, status, code, method, origin, at)
     select id, id, type, 'paid', code, method, origin, at
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
       as e (id, type, code, method, origin, at)`,
    [
      events.map(() => newId()),
      events.map((event) => event.type ?? "placed"),
      events.map((event) => event.code ?? null),
      events.map((event) => event.method ?? "wechat"),
      events.map((event) => event.origin ?? "buyer"),
      events.map((event) => event.at),
    ],
  );
}

/** Writes order events and waits until they can be counted. */
export async function commitEvents(sql: Pick<pg.Pool, "query">, events: readonly EventRow[]): Promise<void> {
  await writeEvents(sql, events);
  await untilCountable(sql);
}

/** The rows themselves, counted the plain way, in bins of `binS` seconds: what every figure has to equal. */
export async function countRows(sql: Pick<pg.Pool, "query">, binS: number): Promise<EventCount[]> {
  const { rows } = await sql.query<EventCount>(
    `select extract(epoch from date_bin(make_interval(secs => $1), at, 'epoch'))::float8 as second,
            type, code, method, origin, count(*)::float8 as n
     from order_events
     where origin <> 'drill' and type in ('placed', 'paid', 'delivered', 'refunded', 'failed')
     group by 1, 2, 3, 4, 5`,
    [binS],
  );
  return sorted(rows);
}

/** Counts in a fixed order, equal kinds added up, so that they can be compared. */
export function sorted(counts: readonly EventCount[]): EventCount[] {
  const kinds = new Map<string, EventCount>();
  for (const { second, type, code, method, origin, n } of counts) {
    const kind = JSON.stringify([second, type, code, method, origin]);
    kinds.set(kind, { second, type, code, method, origin, n: n + (kinds.get(kind)?.n ?? 0) });
  }
  return [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}

/**
 * Waits until no transaction that is older than the newest event still runs. Transactions of every database on the
 * server count, other tests' too, so that what was just committed may have to wait for them.
 */
export async function untilCountable(sql: Pick<pg.Pool, "query">): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await delay(10)) {
    const { rows } = await sql.query<{ countable: boolean }>(
      `select pg_snapshot_xmin(pg_current_snapshot()) > coalesce(max(xid), '0') as countable from order_events`,
    );
    if (rows[0]?.countable) return;
  }
  throw new Error("a transaction of another test has held the counts back for 20 s");
}
