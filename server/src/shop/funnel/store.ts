import type { DeviceClass } from "@orderwatch/shared/shop/beacons.ts";
import type { Origin } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";
import type { StoredStep } from "./domain.ts";

/** One thing that a visit did. `step` is null for its beginning; without `makes`, a visit that nobody knows stays unknown. */
export interface SeenStep {
  session: string;
  step: StoredStep | null;
  sku: string;
  code: string;
  makes: { device: DeviceClass; origin: Origin } | null;
}

/**
 * Writes what visits did: each visit and each of its steps once, whoever tells it again. Rows are written in order of
 * their keys, so that two batches cannot wait for each other. `at` null means the database's own clock.
 */
export async function writeSteps(sql: Sql, seen: readonly SeenStep[], at: Date | null): Promise<void> {
  await sql.query({
    name: "write-steps",
    text: `with seen as materialized (
        select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
          as u (session, step, sku, code, device, origin)
      ), begun as (
        insert into visits (session, began_at, device, origin)
        select distinct on (session) session, coalesce($7, statement_timestamp()), device, origin
        from seen where device is not null order by session
        on conflict (session) do nothing
      )
      insert into visit_steps (session, step, sku, code, at)
      select distinct session, step, sku, code, coalesce($7, statement_timestamp())
      from seen where step is not null order by session, step, sku, code
      on conflict (session, step, sku, code) do nothing`,
    values: [
      seen.map(({ session }) => session),
      seen.map(({ step }) => step),
      seen.map(({ sku }) => sku),
      seen.map(({ code }) => code),
      seen.map(({ makes }) => makes?.device ?? null),
      seen.map(({ makes }) => makes?.origin ?? null),
      at,
    ],
  });
}

/** Deletes visits of these origins that began before a moment, with their steps; true when more of them are left. */
export async function deleteVisits(
  sql: Sql,
  gone: { origins: readonly Origin[]; before: Date; limit: number },
): Promise<boolean> {
  const { rows } = await sql.query<{ visits: number }>(
    `with old as materialized (
        select session from visits where began_at < $2 and origin = any ($1) limit $3 for update skip locked
      ), steps as (
        delete from visit_steps using old where visit_steps.session = old.session
      ), gone as (
        delete from visits using old where visits.session = old.session returning 1
      )
      select count(*)::int as visits from gone`,
    [gone.origins, gone.before, gone.limit],
  );
  return (rows[0]?.visits ?? 0) === gone.limit;
}

/** Deletes steps of visits that nobody knows, from before a moment; true when more of them are left. */
export async function deleteStraySteps(sql: Sql, before: Date, limit: number): Promise<boolean> {
  const { rowCount } = await sql.query(
    `delete from visit_steps where ctid = any (array(
        select s.ctid from visit_steps s
        where s.at < $1 and not exists (select from visits v where v.session = s.session) limit $2))`,
    [before, limit],
  );
  return rowCount === limit;
}
