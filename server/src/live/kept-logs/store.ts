import type { Sql } from "../../platform/db.ts";
import type { KeptLine } from "./line.ts";

export async function insertLines(sql: Sql, lines: readonly (KeptLine & { id: string })[]): Promise<void> {
  await sql.query(
    `insert into kept_logs (id, at, node, level, request_id, order_id, payment_id, message)
      select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::text[])
      on conflict (id) do nothing`,
    [
      lines.map(({ id }) => id),
      lines.map(({ at }) => at),
      lines.map(({ node }) => node),
      lines.map(({ level }) => level),
      lines.map(({ requestId }) => requestId),
      lines.map(({ orderId }) => orderId),
      lines.map(({ paymentId }) => paymentId),
      lines.map(({ message }) => message),
    ],
  );
}

/** Lines about an order, its payments, and the requests that those lines name or that are asked for; oldest first. */
export async function listLines(
  sql: Sql,
  about: { orderId: string | null; paymentIds: readonly string[]; requestId: string | null },
  limit: number,
): Promise<KeptLine[]> {
  const { rows } = await sql.query<KeptLine>(
    `with own as (
        select * from kept_logs where order_id = $1
        union select * from kept_logs where payment_id = any ($2::uuid[])
        union select * from kept_logs where request_id = $3),
      lines as (select * from own
        union select k.* from kept_logs k where k.request_id in (select request_id from own where request_id is not null))
      select at, node, level, request_id as "requestId", order_id as "orderId", payment_id as "paymentId", message
      from lines order by at, id limit $4`,
    [about.orderId, about.paymentIds, about.requestId, limit],
  );
  return rows;
}

export async function pruneLines(sql: Sql, before: Date, limit: number): Promise<number> {
  const { rowCount } = await sql.query(
    "delete from kept_logs where id in (select id from kept_logs where at < $1 order by at limit $2)",
    [before, limit],
  );
  return rowCount ?? 0;
}
