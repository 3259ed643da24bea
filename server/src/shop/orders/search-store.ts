import { firstIdAt } from "@orderwatch/shared/ids.ts";
import type { ProductKind } from "@orderwatch/shared/shop/catalog.ts";
import type { OrderStatus, Origin, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

/** What narrows a search down to few orders, through an index of its own. */
export type OrderKey =
  | { by: "ids"; ids: string[] }
  /** The ending too, since the index of phones begins with it; null for a phone too short to have one. */
  | { by: "phone"; key: bigint; tailKey: bigint | null }
  | { by: "phone_tail" | "email"; key: bigint }
  | { by: "failure"; code: string };

export interface OrderFilter {
  key?: OrderKey | undefined;
  status?: readonly OrderStatus[] | undefined;
  origin?: readonly Origin[] | undefined;
  paymentMethod?: Tender | undefined;
  failureCode?: string | undefined;
  productId?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  /** Only orders before this id, which is how pages follow each other. */
  before?: string | undefined;
}

/** An order's id and its row may differ by this much in time: it is made before the batcher's wait. */
const idSlackMs = 10 * 60_000;

const columns = {
  phone: "phone_key",
  phone_tail: "phone_tail_key",
  email: "email_key",
} as const;

/** Collects conditions with their parameters. */
class Conditions {
  readonly values: unknown[] = [];
  readonly #all: string[] = [];

  /** `?` in `text` stands for the value. */
  add(text: string, value: unknown): void {
    this.values.push(value);
    this.#all.push(text.replace("?", `$${this.values.length}`));
  }

  toString(): string {
    return this.#all.length === 0 ? "true" : this.#all.join(" and ");
  }
}

/** Bounds of the id come first, since they are what leaves partitions out. */
function addBounds(where: Conditions, filter: OrderFilter): void {
  const { from, to, before } = filter;
  if (from) where.add("o.id >= ?", firstIdAt(Math.max(0, from.getTime() - idSlackMs)));
  if (to) where.add("o.id < ?", firstIdAt(Math.max(0, to.getTime() + idSlackMs)));
  if (before) where.add("o.id < ?", before);
}

function addFilters(where: Conditions, filter: OrderFilter): void {
  if (filter.from) where.add("o.created_at >= ?", filter.from);
  if (filter.to) where.add("o.created_at < ?", filter.to);
  if (filter.status) where.add("o.status = any (?)", filter.status);
  if (filter.origin) where.add("o.origin = any (?)", filter.origin);
  if (filter.paymentMethod) where.add("o.payment_method = ?", filter.paymentMethod);
  if (filter.failureCode) where.add("o.failure_code = ?", filter.failureCode);
  if (filter.productId)
    where.add(
      "exists (select from order_lines l where l.order_id = o.id and l.product_id = ?)",
      filter.productId,
    );
}

/**
 * The newest orders that a key finds. The key's rows are collected through its index first: with `limit` in sight the
 * planner would rather walk all orders backwards and hope.
 */
export function keyedSearch(
  filter: OrderFilter & { key: OrderKey },
  limit: number,
): { text: string; values: unknown[] } {
  const { key } = filter;
  const where = new Conditions();
  addBounds(where, filter);
  if (key.by === "ids") where.add("o.id = any (?::uuid[])", key.ids);
  else if (key.by === "failure") where.add("o.failure_code = ?", key.code);
  else {
    where.add(`o.${columns[key.by]} = ?`, key.key);
    if (key.by === "phone" && key.tailKey !== null) where.add("o.phone_tail_key = ?", key.tailKey);
  }
  addFilters(where, filter);
  // Failures are indexed with the id, so their order comes for free; the other keys have few orders each.
  const text =
    key.by === "failure"
      ? `select o.id from orders o where ${where} order by o.id desc limit ${limit}`
      : `with found as materialized (select o.id from orders o where ${where})
         select id from found order by id desc limit ${limit}`;
  return { text, values: where.values };
}

export async function findByKey(
  sql: Sql,
  filter: OrderFilter & { key: OrderKey },
  limit: number,
): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(keyedSearch(filter, limit));
  return rows.map((row) => row.id);
}

export interface Scan {
  ids: string[];
  /** Where the scan stopped, when it had looked at `budget` orders; null at the end of all orders. */
  stoppedAt: string | null;
}

/** Looks through the `budget` newest orders of the range, backwards along the primary key. */
export async function scanNewest(
  sql: Sql,
  filter: OrderFilter,
  limit: number,
  budget: number,
): Promise<Scan> {
  const inner = new Conditions();
  addBounds(inner, filter);
  const outer = new Conditions();
  outer.values.push(...inner.values);
  addFilters(outer, filter);
  const { rows } = await sql.query<{ ids: string[] | null; seen: number; last: string | null }>({
    text: `with seen as materialized (
        select o.* from orders o where ${inner} order by o.id desc limit ${budget}
      ), found as (
        select o.id from seen o where ${outer} order by o.id desc limit ${limit}
      )
      select (select array_agg(id order by id desc) from found) as ids,
        (select count(*)::int from seen) as seen, (select id from seen order by id limit 1) as last`,
    values: outer.values,
  });
  const [row] = rows;
  return { ids: row?.ids ?? [], stoppedAt: row && row.seen === budget ? row.last : null };
}

export interface FoundOrder {
  id: string;
  status: OrderStatus;
  origin: Origin;
  amountFen: number;
  paymentMethod: Tender;
  contact: Buffer | null;
  failureCode: string | null;
  failureDetail: string | null;
  attempts: number;
  createdAt: Date;
  expiresAt: Date;
  paidAt: Date | null;
  deliveredAt: Date | null;
  nextAttemptAt: Date | null;
  items: {
    sku: string;
    name: string;
    kind: ProductKind;
    quantity: number;
    priceFen: number;
    /** The supplier's confirmation. */
    reference: string | null;
  }[];
}

/** How an order's buyer is written to: their sealed contact and their language. */
export async function readRecipient(
  sql: Sql,
  orderId: string,
): Promise<{ contact: Buffer | null; language: Language } | undefined> {
  const { rows } = await sql.query<{ contact: Buffer | null; language: Language }>(
    "select contact, language from orders where id = $1",
    [orderId],
  );
  return rows[0];
}

/** Orders by id, newest first. */
export async function readOrders(sql: Sql, ids: readonly string[]): Promise<FoundOrder[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql.query<FoundOrder>({
    text: `select o.id, o.status, o.origin, o.amount_fen as "amountFen", o.payment_method as "paymentMethod", o.contact,
        o.failure_code as "failureCode", o.failure_detail as "failureDetail", o.attempts, o.created_at as "createdAt",
        o.expires_at as "expiresAt", o.paid_at as "paidAt", o.delivered_at as "deliveredAt",
        o.next_attempt_at as "nextAttemptAt",
        coalesce((select json_agg(json_build_object('sku', p.sku, 'name', p.name, 'kind', p.kind,
            'quantity', l.quantity, 'priceFen', l.price_fen, 'reference', l.supplier_reference) order by l.line_no)
          from order_lines l join products p on p.id = l.product_id where l.order_id = o.id), '[]') as items
      from orders o where o.id = any ($1::uuid[]) order by o.id desc`,
    values: [ids],
  });
  return rows;
}

/** The order that a payment belongs to: by the payment's own id, or by the number that its company gave it. */
export async function orderOfPayment(
  sql: Sql,
  payment: { id: string } | { tradeNo: string },
): Promise<string[]> {
  const [column, value] = "id" in payment ? ["id", payment.id] : ["trade_no", payment.tradeNo];
  const { rows } = await sql.query<{ orderId: string }>(
    `select order_id as "orderId" from payments where ${column} = $1 limit 20`,
    [value],
  );
  return rows.map((row) => row.orderId);
}

export async function productIdOf(sql: Sql, sku: string): Promise<string | undefined> {
  const { rows } = await sql.query<{ id: string }>("select id from products where sku = $1", [sku]);
  return rows[0]?.id;
}
