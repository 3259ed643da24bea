import { DomainError } from "@orderwatch/shared/problem.ts";
import type { ProductKind } from "@orderwatch/shared/shop/catalog.ts";
import type { OrderStatus, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { RefundCode, RefundStatus } from "@orderwatch/shared/shop/refunds.ts";
import type { Sql } from "../../platform/db.ts";

export interface PlacedRow {
  id: string;
  status: OrderStatus;
  amountFen: number;
  payment: { id: string; method: Tender; expiresAt: Date };
}

/** An order with its newest payment, as the answer to placing it shows them. */
export async function readPlaced(sql: Sql, orderId: string): Promise<PlacedRow> {
  const { rows } = await sql.query<{
    id: string;
    status: OrderStatus;
    amount_fen: number;
    payment_id: string;
    method: Tender;
    expires_at: Date;
  }>({
    name: "read-placed",
    text: `select o.id, o.status, o.amount_fen, o.expires_at, p.id as payment_id, p.method
      from orders o join payments p on p.order_id = o.id
      where o.id = $1 order by p.id desc limit 1`,
    values: [orderId],
  });
  const [row] = rows;
  if (!row) throw new DomainError("order.not_found", "No such order");
  return {
    id: row.id,
    status: row.status,
    amountFen: row.amount_fen,
    payment: { id: row.payment_id, method: row.method, expiresAt: row.expires_at },
  };
}

export interface OrderRow {
  id: string;
  status: OrderStatus;
  amountFen: number;
  method: Tender;
  createdAt: Date;
  expiresAt: Date;
  failureCode: string | null;
  failureDetail: string | null;
  items: {
    sku: string;
    name: string;
    kind: ProductKind;
    quantity: number;
    priceFen: number;
    reference: string | null;
  }[];
  events: { type: string; status: OrderStatus; at: string; code: string | null }[];
  payment: { id: string; method: Tender; status: string } | null;
  refunds: { amountFen: number; code: RefundCode; status: RefundStatus; at: string }[];
}

/** More events than an order has that was paid; of one that was switched and read on purpose, the newest. */
const mostEvents = 200;

/** Everything that a buyer sees of an order, but the codes; one round trip. */
export async function readOrder(sql: Sql, orderId: string): Promise<OrderRow | null> {
  const { rows } = await sql.query<{
    id: string;
    status: OrderStatus;
    amount_fen: number;
    payment_method: Tender;
    created_at: Date;
    expires_at: Date;
    failure_code: string | null;
    failure_detail: string | null;
    items: OrderRow["items"];
    events: OrderRow["events"] | null;
    payment: OrderRow["payment"];
    refunds: OrderRow["refunds"] | null;
  }>({
    name: "read-order",
    text: `select o.id, o.status, o.amount_fen, o.payment_method, o.created_at, o.expires_at, o.failure_code, o.failure_detail,
        (select json_agg(json_build_object('sku', p.sku, 'name', p.name, 'kind', p.kind, 'quantity', l.quantity,
            'priceFen', l.price_fen, 'reference', l.supplier_reference) order by l.line_no)
          from order_lines l join products p on p.id = l.product_id where l.order_id = o.id) as items,
        (select json_agg(json_build_object('type', e.type, 'status', e.status, 'at', e.at, 'code', e.code) order by e.at, e.id)
          from (select * from order_events n where n.order_id = o.id and n.id >= first_id_at(o.created_at - interval '1 day')
            order by n.at desc, n.id desc limit ${mostEvents}) e) as events,
        (select json_build_object('id', y.id, 'method', y.method, 'status', y.status)
          from payments y where y.order_id = o.id order by y.id desc limit 1) as payment,
        (select json_agg(json_build_object('amountFen', r.amount_fen, 'code', r.code, 'status', r.status,
            'at', coalesce(r.done_at, r.created_at)) order by r.id)
          from refunds r where r.order_id = o.id) as refunds
      from orders o where o.id = $1`,
    values: [orderId],
  });
  const [row] = rows;
  if (!row) return null;
  return {
    id: row.id,
    status: row.status,
    amountFen: row.amount_fen,
    method: row.payment_method,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    failureCode: row.failure_code,
    failureDetail: row.failure_detail,
    items: row.items,
    events: row.events ?? [],
    payment: row.payment,
    refunds: row.refunds ?? [],
  };
}

/**
 * What changes whenever there is news of an order for its buyer, what support said included. `mayLearn`: a payment company may
 * know more of it than we do.
 */
export async function readVersions(
  sql: Sql,
  orderIds: readonly string[],
): Promise<{ id: string; version: string; mayLearn: boolean }[]> {
  const { rows } = await sql.query<{ id: string; version: string; mayLearn: boolean }>({
    name: "read-versions",
    text: `select o.id, o.status in ('awaiting_payment', 'expired') as "mayLearn",
        concat_ws(' ', o.status, o.failure_code, o.expires_at,
          (select max(y.id::text) from payments y where y.order_id = o.id),
          (select string_agg(r.status, ',' order by r.id) from refunds r where r.order_id = o.id),
          (select c.changed_at from conversations c where c.order_id = o.id)) as version
      from orders o where o.id = any($1)`,
    values: [orderIds],
  });
  return rows;
}

/** The sealed codes that were handed to an order, in line order. */
export async function readDeliveredCodes(
  sql: Sql,
  orderId: string,
): Promise<{ productId: string; sku: string; sealed: Buffer }[]> {
  const { rows } = await sql.query<{ product_id: string; sku: string; sealed: Buffer }>({
    name: "read-delivered-codes",
    text: `select c.product_id, p.sku, c.sealed
      from codes c join products p on p.id = c.product_id join order_lines l on l.order_id = c.order_id and l.id = c.line_id
      where c.order_id = $1 and c.status = 'sold' order by l.line_no, c.id`,
    values: [orderId],
  });
  return rows.map((row) => ({ productId: row.product_id, sku: row.sku, sealed: row.sealed }));
}

/**
 * Lets orders expire whose hold has ended: their codes go back on sale and their open payments close, all in the
 * statement that moves them. Racing with a payment, one of the two finds the row moved already. Codes are looked up
 * order by order: in a plain join, a plan made while few codes were taken walked through all that ever were, each second.
 * Holds end by `at`; by the database's clock, which began them, where that is null.
 */
export async function expireOrders(sql: Sql, at: Date | null, limit: number): Promise<number> {
  const moment = "coalesce($1::timestamptz, statement_timestamp())";
  const { rows } = await sql.query<{ n: number }>({
    name: "expire-orders",
    text: `with due as (
        select id from orders where status = 'awaiting_payment' and expires_at <= ${moment}
        order by expires_at limit $2 for update skip locked
      ), gone as (
        update orders o set status = 'expired', failure_code = coalesce(failure_code, 'order.expired') from due
        where o.id = due.id and o.status = 'awaiting_payment'
        returning o.id, o.origin, o.payment_method
      ), freed as (
        update codes c set status = 'available', order_id = null, line_id = null
        from gone cross join lateral (
          select k.id from codes k where k.order_id = gone.id and k.status = 'held' offset 0) held
        where c.id = held.id and c.status = 'held' returning 1
      ), closed as (
        update payments p set status = 'closed', ask_at = case when p.opened_at is not null then ${moment} end
        from gone
        where p.order_id = gone.id and p.status in ('created', 'opened') returning 1
      ), noted as (
        insert into order_events (id, order_id, type, status, code, method, origin, at)
        select uuidv7(), id, 'expired', 'expired', 'order.expired', payment_method, origin, ${moment} from gone returning 1
      )
      select count(*)::int n from gone`,
    values: [at, limit],
  });
  return rows[0]?.n ?? 0;
}

/** Keys older than their 72 hours. */
export async function forgetIdempotencyKeys(sql: Sql, before: Date): Promise<number> {
  const { rowCount } = await sql.query("delete from idempotency_keys where created_at < $1", [before]);
  return rowCount ?? 0;
}

/** Whether an order was placed under this key within the time that keys are kept. */
export async function isKnownKey(sql: Sql, key: Buffer): Promise<boolean> {
  const { rowCount } = await sql.query("select from idempotency_keys where key = $1", [key]);
  return rowCount === 1;
}
