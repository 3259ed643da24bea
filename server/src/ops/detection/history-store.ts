import type { Sql } from "../../platform/db.ts";

/**
 * What was counted of some types of events in the same window of each of the last `weeks` weeks, newest week first. A
 * week of which nothing at all is known is left out.
 */
export async function readEarlierWeeks(
  sql: Sql,
  window: { types: readonly string[]; until: Date; windowS: number; weeks: number },
): Promise<number[]> {
  const { rows } = await sql.query<{ n: number }>({
    name: "read-earlier-weeks",
    text: `select coalesce(sum(c.n) filter (where c.type = any($1) and c.at >= w.until - make_interval(secs => $3)), 0)::float8 as n
      from (select k, $2::timestamptz - k * interval '7 days' as until from generate_series(1, $4::int) k) w
      join live_counts c on c.step_s = 60 and c.at >= w.until - greatest(make_interval(secs => $3), interval '1 hour')
        and c.at < w.until
      group by w.k order by w.k`,
    values: [window.types, window.until, window.windowS, window.weeks],
  });
  return rows.map(({ n }) => n);
}
