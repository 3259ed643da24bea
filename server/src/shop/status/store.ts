import type { Tender } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";
import type { PublicUpdate } from "./domain.ts";

interface Outcomes {
  method: Tender;
  paid: number;
  payment_failed: number;
  delivered: number;
  delivery_failed: number;
}

/** So many events say how things go; a busy shop has as many within seconds. */
const sample = 20_000;

/** What became of orders since a moment, or in the newest `sample` events, by payment method; drills are left out. */
export async function countOutcomes(sql: Sql, since: Date): Promise<Outcomes[]> {
  const { rows } = await sql.query<Outcomes>({
    name: "count-outcomes",
    text: `select method, count(*) filter (where type = 'paid')::int as paid,
        count(*) filter (where type = 'failed' and status = 'awaiting_payment')::int as payment_failed,
        count(*) filter (where type = 'delivered')::int as delivered,
        count(*) filter (where type = 'failed' and status = 'delivery_failed')::int as delivery_failed
      from (select * from order_events where id >= first_id_at($1) order by id desc limit $2) newest
      where origin <> 'drill' group by method`,
    values: [since, sample],
  });
  return rows;
}

/** All published updates of the incidents about which something was published since; and of those that last. */
export async function listPublished(sql: Sql, since: Date, limit: number): Promise<PublicUpdate[]> {
  const { rows } = await sql.query<PublicUpdate>({
    name: "list-published-updates",
    text: `with latest as (
        select distinct on (incident_id) incident_id, phase, published_at
        from public_updates where state = 'published' and not withheld order by incident_id, published_at desc
      ), told as (
        select incident_id from latest where phase <> 'resolved' or published_at >= $1
        order by (phase <> 'resolved') desc, published_at desc limit $2
      )
      select id, incident_id as "incidentId", started_at as "startedAt", phase, impact, title, text,
        published_at as "publishedAt"
      from public_updates join told using (incident_id) where state = 'published' and not withheld
      order by published_at desc`,
    values: [since, limit],
  });
  return rows;
}
