import { drills } from "./drill-variants.ts";
import { paging } from "./paging-variants.ts";
import { payment } from "./payment-variants.ts";
import { tickets } from "./tickets-variants.ts";
import type { Variant } from "./variant.ts";

const placing = "server/migrations/0057_whose-order.sql";
const delivering = "server/src/shop/fulfilment/store.ts";
const ordersStore = "server/src/shop/orders/store.ts";

const stock: readonly Variant[] = [
  {
    breaks: "S1",
    by: "the database lets a code be entered as delivered twice",
    file: "server/migrations/0000_order-backend.sql",
    find: '"code_id" bigint PRIMARY KEY NOT NULL',
    replace: '"code_id" bigint NOT NULL',
    test: "server/src/shop/fulfilment/deliver.db.test.ts",
  },
  {
    breaks: "S2",
    by: "a delivered order's codes stay held",
    file: delivering,
    find: "update codes c set status = 'sold'\n        from won",
    replace: "update codes c set status = 'held'\n        from won",
    test: "server/src/app/storm.db.test.ts",
  },
  {
    breaks: "S3",
    by: "codes are read without being locked",
    file: placing,
    find: "order by c.position limit p_wanted[p] for update skip locked",
    replace: "order by c.position limit p_wanted[p]",
    test: "server/src/shop/orders/place.db.test.ts",
  },
  {
    breaks: "S4",
    by: "lines of one product are checked on the largest, not on their sum",
    file: placing,
    find: "array_position(p_sku, l.sku) product, sum(l.quantity)::int units",
    replace: "array_position(p_sku, l.sku) product, max(l.quantity)::int units",
    test: "server/src/shop/orders/place.db.test.ts",
  },
  {
    breaks: "S5",
    by: "several nodes may let the same order expire",
    file: ordersStore,
    find: `order by expires_at limit $2 for update skip locked
      ), gone as (
        update orders o set status = 'expired', failure_code = coalesce(failure_code, 'order.expired') from due
        where o.id = due.id and o.status = 'awaiting_payment'`,
    replace: `order by expires_at limit $2
      ), gone as (
        update orders o set status = 'expired', failure_code = coalesce(failure_code, 'order.expired') from due
        where o.id = due.id`,
    test: "server/src/shop/payments/settle.db.test.ts",
  },
  {
    breaks: "S2",
    by: "the ledger forgets what a statement took out of a state",
    file: "server/migrations/0016_stock-ledger-triggers.sql",
    find: "union all select product_id, status, -1 from stale",
    replace: "union all select product_id, status, 0 from stale",
    test: "server/src/shop/stock/stock.db.test.ts",
  },
  {
    breaks: "S6",
    by: "no lock is taken, so batches count at the same time",
    file: placing,
    find: "perform pg_advisory_xact_lock(key)",
    replace: "perform key",
    test: "server/src/shop/orders/holds.db.test.ts",
  },
  {
    breaks: "S6",
    by: "earlier orders of the same batch are not counted",
    file: placing,
    find: "a_held[k] := a_held[k] + held[j];",
    replace: "a_held[k] := a_held[k];",
    test: "server/src/shop/orders/holds.db.test.ts",
  },
  {
    breaks: "S6",
    by: "a device is believed whoever signed it",
    file: "server/src/shop/orders/device.ts",
    find: ' || !keys.verify("device", name, mark)',
    replace: "",
    test: "server/src/shop/orders/holds.db.test.ts",
  },
  {
    breaks: "S6",
    by: "every open of a payment prolongs the hold again",
    file: "server/src/shop/payments/actions.ts",
    find: "const holdUntil = payment.prolonged\n",
    replace: "const holdUntil = payment.id === paymentId && payment.prolonged === null\n",
    test: "server/src/shop/payments/opening.db.test.ts",
  },
  {
    breaks: "R2",
    by: "what a buyer has of a product is counted by device alone",
    file: placing,
    find: "max(r) filter (where kind = 2) two",
    replace: "null::bigint two",
    test: "server/src/shop/orders/buyer-limits.db.test.ts",
  },
  {
    breaks: "S6",
    by: "what an address holds already is not counted",
    file: placing,
    find: "coalesce(sum(held_units) filter (where orders.status = 'awaiting_payment'), 0)::int units",
    replace: "coalesce(sum(held_units) filter (where orders.status = 'none'), 0)::int units",
    test: "server/src/shop/orders/holds.db.test.ts",
  },
];

const delivery: readonly Variant[] = [
  {
    breaks: "D1",
    by: "an order is handed over without counting its codes",
    file: delivering,
    find: "when 'code' then l.quantity <> (",
    replace: "when 'code' then l.quantity < 0 and 0 <> (",
    test: "server/src/shop/fulfilment/deliver.db.test.ts",
  },
  {
    breaks: "D1",
    by: "a recharge counts as delivered without the supplier's confirmation",
    file: "server/src/shop/fulfilment/domain.ts",
    find: 'return { next: "wait", afterMs: rules.retryAfterMs };',
    replace: 'return { next: "done", reference: "none" };',
    test: "server/src/shop/fulfilment/recharge.db.test.ts",
  },
  {
    breaks: "D2",
    by: "a recharge whose answer was lost is sent again without asking",
    file: "server/src/shop/fulfilment/supplier.ts",
    find: "if (sentBefore) {",
    replace: "if (sentBefore && recharge.lineId === '') {",
    test: "server/src/shop/fulfilment/supplier.test.ts",
  },
  {
    breaks: "D2",
    by: "a worker goes on sending recharges of an order that another has taken over",
    file: "server/src/shop/fulfilment/actions.ts",
    find: "if (!(await renewLease(deps.db.sql, { id: order.id, token, ...leaseOf(deps) }))) return giveUp(false);",
    replace: "await renewLease(deps.db.sql, { id: order.id, token, ...leaseOf(deps) });",
    test: "server/src/shop/fulfilment/lease.db.test.ts",
  },
  {
    breaks: "D3",
    by: "what is due is looked for once an hour, so that a lost trigger is missed",
    file: "server/src/app/order-backend.ts",
    find: 'loop("payments", "settle", 1_000,',
    replace: 'loop("payments", "settle", 3_600_000,',
    test: "server/src/app/triggers.db.test.ts",
  },
  {
    breaks: "D4",
    by: "delivery is tried once too often",
    file: "server/src/shop/fulfilment/domain.ts",
    find: "if (failures >= rules.maxRetries) return",
    replace: "if (failures > rules.maxRetries) return",
    test: "server/src/shop/fulfilment/recharge.db.test.ts",
  },
  {
    breaks: "D5",
    by: "another company may be called inside a transaction",
    file: "server/src/platform/outbound.ts",
    find: "if (isInTransaction()) throw",
    replace: "if (isInTransaction() && outbound.timeoutMs < 0) throw",
    test: "server/src/app/outward.db.test.ts",
  },
];

const state: readonly Variant[] = [
  {
    breaks: "A1",
    by: "an expired order leaves no event",
    file: ordersStore,
    find: "from gone returning 1",
    replace: "from gone where false returning 1",
    test: "server/src/app/storm.db.test.ts",
  },
  {
    breaks: "A1",
    by: "a refunded order may be delivered after all",
    file: "server/src/shop/orders/domain.ts",
    find: "refunded: [],",
    replace: 'refunded: ["delivering"],',
    test: "server/src/shop/orders/domain.test.ts",
  },
  {
    breaks: "A2",
    by: "another body under the same key gets the same order",
    file: placing,
    find: "ends, k.body = o.body, o.sku",
    replace: "ends, true, o.sku",
    test: "server/src/shop/orders/place.db.test.ts",
  },
  {
    breaks: "A3",
    by: "any token of ours opens any order",
    file: "server/src/shop/orders/token.ts",
    find: 'rest.length === 0 && keys.verify("order-token", orderId, mac)',
    replace: "rest.length === 0 && (keys.verify('order-token', orderId, mac) || mac.length > 30)",
    test: "server/src/app/shop.db.test.ts",
  },
  {
    breaks: "A4",
    by: "every role may do everything",
    file: "server/src/ops/accounts/guard.ts",
    find: "!may(staff.role, permission))",
    replace: '!may("admin", permission))',
    test: "server/src/app/console.db.test.ts",
  },
  {
    breaks: "A4",
    by: "a change may come from any page",
    file: "server/src/ops/accounts/guard.ts",
    find: "if (origin !== undefined && origins.includes(origin)) return;",
    replace: "if (origin !== undefined) return;",
    test: "server/src/app/console.db.test.ts",
  },
  {
    breaks: "A5",
    by: "events are counted while older transactions still run",
    file: "server/src/shop/orders/counts.ts",
    find: "least(pg_snapshot_xmin(pg_current_snapshot()), $2::xid8)",
    replace: "least(pg_snapshot_xmax(pg_current_snapshot()), $2::xid8)",
    test: "server/src/live/event-counter.db.test.ts",
  },
  {
    breaks: "A5",
    by: "a batch may be written twice",
    file: "server/src/live/counts-store.ts",
    find: "where name = $1 and xid = $2::xid8",
    replace: "where name = $1 and xid >= $2::xid8",
    test: "server/src/live/event-counter.db.test.ts",
  },
];

const cache: readonly Variant[] = [
  {
    breaks: "C1",
    by: "an order is refused because the cached list shows no stock",
    file: "server/src/app/order-backend.ts",
    find: "      const notice = () =>",
    replace: `      for (const { sku } of input.body.items)
        if ((await listing.find(sku))?.stock === "out") throw new DomainError("stock.sold_out", sku);
      const notice = () =>`,
    test: "server/src/app/shop.db.test.ts",
  },
  {
    breaks: "C2",
    by: "every reader loads for itself",
    file: "server/src/platform/cache.ts",
    find: "        return await bento.getOrSet<T>({",
    replace: "        if (ttlMs > 0) return await load();\n        return await bento.getOrSet<T>({",
    test: "server/src/platform/cache.db.test.ts",
  },
  {
    breaks: "C2",
    by: "what is not there is asked for again by every reader",
    file: "server/src/platform/cache.ts",
    find: "        return await bento.getOrSet<T>({",
    replace:
      "        if ((await bento.get({ key })) === null) await bento.delete({ key });\n        return await bento.getOrSet<T>({",
    test: "server/src/platform/cache.db.test.ts",
  },
  {
    breaks: "C2",
    by: "a product that is not in the list is looked for in the database",
    file: "server/src/shop/catalog/listing.ts",
    find: "find: async (sku) => (await readItems()).find((product) => product.sku === sku),",
    replace: `find: async (sku) =>
      (await readItems()).find((product) => product.sku === sku) ??
      (await store.listForSale(db, lowStockBelow)).map(toPublic).find((product) => product.sku === sku),`,
    test: "server/src/shop/catalog/listing.db.test.ts",
  },
  {
    breaks: "C1",
    by: "a buyer's own order is read from memory",
    file: "server/src/shop/orders/routes.ts",
    find: "return viewOrder(deps, params.id);",
    replace: `const kept = ((globalThis as any).kept ??= new Map());
    if (!kept.has(params.id)) kept.set(params.id, viewOrder(deps, params.id));
    return kept.get(params.id);`,
    test: "server/src/app/shop.db.test.ts",
  },
  {
    breaks: "C2",
    by: "what was loaded together expires together",
    file: "server/src/platform/cache.ts",
    find: "const jitter = 0.2;",
    replace: "const jitter = 0;",
    test: "server/src/platform/cache.db.test.ts",
  },
];

/** One way at least to break each invariant of stock, payment, delivery, state, cache, drills, paging and tickets. */
export const variants: readonly Variant[] = [
  ...stock,
  ...payment,
  ...delivery,
  ...state,
  ...cache,
  ...drills,
  ...paging,
  ...tickets,
];
