import type { Sql } from "../platform/db.ts";
import type { EventCount } from "./business.ts";

const cursorName = "orders";
/** Seconds are kept in the rollups only as far back as a restarted console reads them. */
const secondsKeptS = 7_200;

/** Where the rollups stand, and how long ago they moved by the database's clock. */
export interface CursorState {
  xid: string;
  ageMs: number;
}

export async function readCursor(sql: Sql): Promise<CursorState> {
  await sql.query(
    "insert into live_cursor (name, xid, moved_at) values ($1, '0', now()) on conflict (name) do nothing",
    [cursorName],
  );
  const { rows } = await sql.query<CursorState>(
    `select xid::text, (extract(epoch from clock_timestamp() - moved_at) * 1000)::float8 as "ageMs"
     from live_cursor where name = $1`,
    [cursorName],
  );
  const [state] = rows;
  if (!state) throw new Error("the cursor of the live counts has no row");
  return state;
}

/**
 * Writes what was counted of transactions `fromXid` to `toXid` and moves the cursor there, in one statement.
 * False, and nothing is written, when the cursor does not stand at `fromXid`: then it was written before.
 */
export async function recordCounts(
  sql: Sql,
  counted: { fromXid: string; toXid: string; rows: readonly EventCount[] },
): Promise<boolean> {
  const { rows } = counted;
  const result = await sql.query<{ moved: boolean }>(
    `with moved as (
       update live_cursor set xid = $3::xid8, moved_at = clock_timestamp()
       where name = $1 and xid = $2::xid8
       returning extract(epoch from moved_at) - $10::int as seconds_from
     ), stepped as (
       select step, e.second - e.second % step as second, e.type, e.code, e.method, e.origin, sum(e.n) as n
       from moved, unnest(array[1, 60, 3600]) as step,
            unnest($4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[])
              as e (second, type, code, method, origin, n)
       where step > 1 or e.second >= moved.seconds_from
       group by 1, 2, 3, 4, 5, 6
     ), written as (
       insert into live_counts (step_s, at, type, code, method, origin, n)
       select step, to_timestamp(second), type, code, method, origin, n from stepped
       order by 1, 2, 3, 4, 5, 6
       on conflict (step_s, at, type, code, method, origin) do update set n = live_counts.n + excluded.n
     )
     select exists (select from moved) as moved`,
    [
      cursorName,
      counted.fromXid,
      counted.toXid,
      rows.map((row) => row.second),
      rows.map((row) => row.type),
      rows.map((row) => row.code ?? ""),
      rows.map((row) => row.method),
      rows.map((row) => row.origin),
      rows.map((row) => row.n),
      secondsKeptS,
    ],
  );
  return result.rows[0]?.moved === true;
}

type CountRow = Omit<EventCount, "code" | "n" | "second"> & { code: string; n: string; second: string };

const toCount = (row: CountRow): EventCount => ({
  second: Number(row.second),
  type: row.type,
  code: row.code === "" ? null : row.code,
  method: row.method,
  origin: row.origin,
  n: Number(row.n),
});

/** The seconds from `fromSecond` on together with the cursor that they stand for, as one statement sees both. */
export async function readSeconds(
  sql: Sql,
  fromSecond: number,
): Promise<{ xid: string; rows: EventCount[] }> {
  const { rows } = await sql.query<{ xid: string } & (CountRow | { type: null })>(
    `select cursor.xid::text, extract(epoch from c.at)::bigint as second, c.type, c.code, c.method, c.origin, c.n
     from live_cursor cursor
     left join live_counts c on c.step_s = 1 and c.at >= to_timestamp($2)
     where cursor.name = $1`,
    [cursorName, fromSecond],
  );
  const [first] = rows;
  if (!first) throw new Error("the cursor of the live counts has no row");
  return { xid: first.xid, rows: rows.flatMap((row) => (row.type === null ? [] : [toCount(row)])) };
}

/** Minutes (`stepS` 60) or hours (3600) from `from` to `to`, in bins of `binS`; `second` is the bin's start. */
export async function readCounts(
  sql: Sql,
  window: { stepS: number; from: number; to: number; binS: number },
): Promise<EventCount[]> {
  const { rows } = await sql.query<CountRow>(
    `select extract(epoch from date_bin(make_interval(secs => $4), at, 'epoch'))::bigint as second,
            type, code, method, origin, sum(n) as n
     from live_counts
     where step_s = $1 and at >= to_timestamp($2) and at < to_timestamp($3)
     group by 1, 2, 3, 4, 5`,
    [window.stepS, window.from, window.to, window.binS],
  );
  return rows.map(toCount);
}
