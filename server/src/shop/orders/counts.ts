import { type CountedEvents, countedTypes, type EventCount } from "../../live/business.ts";
import type { Sql } from "../../platform/db.ts";

/** Transactions that one call looks at; more are counted by the next, so that a long way back stays bounded. */
const xidsAtOnce = 200_000;

type CountRow = { [K in keyof EventCount]: EventCount[K] | null } & { upTo: string; bound: string };

/**
 * Counts the events of transactions from `fromXid` on, by second, type, code, method and origin; drills are left out.
 * `toXid` is at most the oldest transaction that still runs (`pg_snapshot_xmin` of the statement's own snapshot):
 * below it nothing can appear any more, so no event is missed and none is counted twice. `untilXid` bounds it further.
 */
export async function countOrderEvents(sql: Sql, fromXid: string, untilXid?: string): Promise<CountedEvents> {
  const { rows } = await sql.query<CountRow>({
    name: "count-order-events",
    text: `
      with bound as materialized (
        select greatest($1::xid8, least(pg_snapshot_xmin(pg_current_snapshot()), $2::xid8)) as xid
      ), first as materialized (
        select xid from order_events
        where xid >= $1::xid8 and xid < (select xid from bound) order by xid limit 1
      ), span as materialized (
        select bound.xid as bound,
               least(bound.xid, ((first.xid::text::numeric + $3)::text)::xid8) as up_to
        from bound left join first on true
      )
      select span.bound::text, span.up_to::text as "upTo", counted.*
      from span left join lateral (
        select floor(extract(epoch from at))::float8 as second, type, code, method, origin, count(*)::float8 as n
        from order_events
        where xid >= $1::xid8 and xid < (select up_to from span) and type = any($4) and origin <> 'drill'
        group by 1, 2, 3, 4, 5
      ) as counted on true`,
    values: [fromXid, untilXid ?? null, xidsAtOnce, countedTypes],
  });
  const [span] = rows;
  if (!span) throw new Error("a count without its span");
  return { toXid: span.upTo, rows: rows.flatMap(toCount), more: span.upTo !== span.bound };
}

function toCount(row: CountRow): EventCount[] {
  const { second, type, code, method, origin, n } = row;
  if (second === null || type === null || method === null || origin === null || n === null) return [];
  return [{ second, type, code, method, origin, n }];
}
