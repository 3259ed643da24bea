import type { Sql } from "../../platform/db.ts";
import type { Recharges } from "./enquiry-domain.ts";

/** What is known of an order's recharges. Null: no such order. */
export async function readRecharges(sql: Sql, orderId: string): Promise<Recharges | null> {
  const { rows } = await sql.query<Recharges>(
    `select o.status, o.failure_code as "failureCode",
        (select max(e.at) from order_events e where e.order_id = o.id and e.type = 'delivering'
          and e.id >= first_id_at(o.created_at - interval '1 day')) as "begunAt",
        coalesce((select json_agg(json_build_object('id', l.id, 'reference', l.supplier_reference) order by l.line_no)
          from order_lines l join products p on p.id = l.product_id
          where l.order_id = o.id and p.kind = 'recharge'), '[]') as lines
      from orders o where o.id = $1`,
    [orderId],
  );
  return rows[0] ?? null;
}

/** Keeps what a supplier confirmed after delivery had failed. False when nothing was kept: the order has moved on. */
export async function keepConfirmed(
  sql: Sql,
  orderId: string,
  lines: readonly { id: string; reference: string }[],
): Promise<boolean> {
  const { rowCount } = await sql.query(
    // The order is locked, so that nobody gives its money back in the middle of this.
    `with held as (select id from orders where id = $1 and status = 'delivery_failed' for update)
      update order_lines l set supplier_reference = said.reference
      from held, unnest($2::uuid[], $3::text[]) as said(id, reference)
      where l.order_id = held.id and l.id = said.id and l.supplier_reference is null`,
    [orderId, lines.map(({ id }) => id), lines.map(({ reference }) => reference)],
  );
  return (rowCount ?? 0) > 0;
}
