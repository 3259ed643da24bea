import type { OrderStatus } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";

/** Locks an order and tells its state. Null: no such order. */
export async function lockStatus(sql: Sql, orderId: string): Promise<OrderStatus | null> {
  const { rows } = await sql.query<{ status: OrderStatus }>(
    "select status from orders where id = $1 for update",
    [orderId],
  );
  return rows[0]?.status ?? null;
}

/**
 * Whether staff gave back, or are giving back, money of an order. To be asked once the order is locked, as a statement of its
 * own: its snapshot is younger than the lock.
 */
export async function isPartlyRefunded(sql: Sql, orderId: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    "select from refunds where order_id = $1 and code = 'refund.by_staff' and status <> 'failed' limit 1",
    [orderId],
  );
  return rowCount === 1;
}

/**
 * Has an order delivered again whose delivery failed for good, with its event; at once, whatever clock is fast. False when it
 * is in another state.
 */
export async function restartDelivery(
  sql: Sql,
  order: { id: string; now: Date; by: string | null; reason: string },
): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: "restart-delivery",
    text: `with restarted as (
        update orders o set status = 'delivering', next_attempt_at = least($2, statement_timestamp()), lease_token = null, attempts = 0,
          failure_code = null, failure_detail = null
        where o.id = $1 and o.status = 'delivery_failed'
        returning o.id, o.origin, o.payment_method
      ), noted as (
        insert into order_events (id, order_id, type, status, method, origin, at, facts)
        select uuidv7(), id, 'delivering', 'delivering', payment_method, origin, $2,
          jsonb_strip_nulls(jsonb_build_object('by', $3::text, 'reason', $4::text))
        from restarted
      )
      select from restarted`,
    values: [order.id, order.now, order.by, order.reason],
  });
  return rowCount === 1;
}
