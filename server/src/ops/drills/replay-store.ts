import type { AlertLevel, Labels } from "@orderwatch/shared/ops/detection.ts";
import type { Drill } from "@orderwatch/shared/ops/drills.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

export interface MeasuredIncident {
  number: number;
  title: Words;
  rule: string | null;
  labels: Labels;
  level: AlertLevel;
  runbook: string | null;
  startedAt: Date;
  endedAt: Date | null;
  failed: number;
  placed: number;
  /** Orders of each minute of it that had any, counted from its start. */
  minutes: { minute: number; placed: number }[];
  placedHourBefore: number;
  /** What was played, when it was a drill's own. */
  played: Drill | null;
}

/** An incident with what was counted while it lasted, at the orders' own times; drills' orders left out. */
export async function measureIncident(sql: Sql, id: string): Promise<MeasuredIncident | undefined> {
  const { rows } = await sql.query<MeasuredIncident>(
    `with it as (
        select i.*, coalesce(i.resolved_at, i.mitigated_at) as until,
          (select r.document from drill_incidents d join drill_runs r on r.id = d.run_id
            where d.incident_id = i.id) as played
        from incidents i where i.id = $1
      ), minutes as (
        select floor(extract(epoch from e.at - it.started_at) / 60)::int as minute,
          count(*) filter (where e.type = 'placed') as placed,
          count(distinct e.order_id) filter (where e.type = 'failed'
            and (it.labels ->> 'channel' is null or e.method = it.labels ->> 'channel')) as failed,
          count(distinct e.order_id) filter (where e.type in ('placed', 'failed')
            and (it.labels ->> 'channel' is null or e.method = it.labels ->> 'channel')) as tried
        from it join order_events e on e.id >= first_id_at(it.started_at) and e.id < first_id_at(coalesce(it.until, now()))
        where e.origin <> 'drill' group by 1
      )
      select it.number::int as number, it.title, it.rule, it.labels, it.level, it.runbook, it.started_at as "startedAt",
        it.until as "endedAt", it.played,
        coalesce((select sum(failed) from minutes), 0)::int as failed,
        coalesce((select sum(tried) from minutes), 0)::int as placed,
        coalesce((select jsonb_agg(jsonb_build_object('minute', minute, 'placed', placed) order by minute) from minutes), '[]')
          as minutes,
        (select count(*)::int from order_events e where e.id >= first_id_at(it.started_at - interval '1 hour')
          and e.id < first_id_at(it.started_at) and e.type = 'placed' and e.origin <> 'drill') as "placedHourBefore"
      from it`,
    [id],
  );
  return rows[0];
}
