import type { Sql } from "../platform/db.ts";
import type { NodeCounts } from "./tally.ts";

/** What nodes reported in one step that starts at `second` (since 1970 UTC). */
export interface Measure extends NodeCounts {
  second: number;
  /** A packed latency sketch; null when nothing was ordered. */
  sketch: Uint8Array | null;
}

/**
 * Writes measures of one step. Where another console wrote the same one, the fuller of the two stays, so that
 * writing again, or twice at once, never counts twice.
 */
export async function writeMeasures(sql: Sql, stepS: number, measures: readonly Measure[]): Promise<void> {
  if (measures.length === 0) return;
  await sql.query(
    `insert into live_measures (step_s, at, requests, refused, buyers_refused, beacons, sketch)
     select $1, to_timestamp(second), requests, refused, buyers_refused, beacons, sketch
     from unnest($2::bigint[], $3::bigint[], $4::jsonb[], $5::jsonb[], $6::bytea[], $7::int[])
       as m (second, requests, refused, beacons, sketch, buyers_refused)
     order by second
     on conflict (step_s, at) do update
     set requests = excluded.requests, refused = excluded.refused, buyers_refused = excluded.buyers_refused,
       beacons = excluded.beacons, sketch = excluded.sketch
     where excluded.requests > live_measures.requests`,
    [
      stepS,
      measures.map((measure) => measure.second),
      measures.map((measure) => measure.requests),
      measures.map((measure) => JSON.stringify(measure.refused)),
      measures.map((measure) => JSON.stringify(measure.beacons)),
      measures.map((measure) => measure.sketch && Buffer.from(measure.sketch)),
      measures.map((measure) => measure.buyersRefused ?? 0),
    ],
  );
}

/** Measures of one step from `from` to `to`, oldest first. */
export async function readMeasures(
  sql: Sql,
  window: { stepS: number; from: number; to: number },
): Promise<Measure[]> {
  const { rows } = await sql.query<
    Omit<Measure, "second" | "requests" | "buyersRefused"> & {
      second: string;
      requests: string;
      buyersRefused: number;
    }
  >(
    `select extract(epoch from at)::bigint as second, requests, refused, buyers_refused as "buyersRefused", beacons, sketch
     from live_measures where step_s = $1 and at >= to_timestamp($2) and at < to_timestamp($3) order by at`,
    [window.stepS, window.from, window.to],
  );
  return rows.map(({ buyersRefused, ...row }) => ({
    ...row,
    ...(buyersRefused > 0 ? { buyersRefused } : {}),
    ...{ second: Number(row.second), requests: Number(row.requests) },
  }));
}

/**
 * Real buyers' tries to order that nodes refused by our fault within a span of the last two hours. Best effort: a refusal
 * leaves no row, and what was cut off with a process was refused by nobody.
 */
export async function countBuyersRefused(sql: Sql, from: Date, until: Date): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `select coalesce(sum(buyers_refused), 0)::int as n from live_measures
      where step_s = 1 and at >= date_trunc('second', $1::timestamptz) and at < $2`,
    [from, until],
  );
  return rows[0]?.n ?? 0;
}

/** Starts of hours since `from` that have minutes but whose own row is missing or counts less than they do. */
export async function staleHours(sql: Sql, from: number, to: number): Promise<number[]> {
  const { rows } = await sql.query<{ second: string }>(
    `select extract(epoch from minutes.hour)::bigint as second
     from (select date_bin('1 hour', at, 'epoch') as hour, sum(requests) as requests
           from live_measures where step_s = 60 and at >= to_timestamp($1) and at < to_timestamp($2)
           group by 1) as minutes
     left join live_measures hours on hours.step_s = 3600 and hours.at = minutes.hour
     where coalesce(hours.requests, -1) < minutes.requests
     order by 1`,
    [from, to],
  );
  return rows.map((row) => Number(row.second));
}

/** How long each step is kept, in days. */
const keptDays = { 1: 1 / 12, 60: 35, 3600: 400 } as const;

/** Deletes what has outlived its step, of counts and measures alike. */
export async function prune(sql: Sql, now: Date): Promise<void> {
  for (const [stepS, days] of Object.entries(keptDays)) {
    const before = new Date(now.getTime() - days * 86_400_000);
    await sql.query("delete from live_counts where step_s = $1 and at < $2", [stepS, before]);
    await sql.query("delete from live_measures where step_s = $1 and at < $2", [stepS, before]);
  }
}
