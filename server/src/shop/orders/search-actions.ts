import { Id } from "@orderwatch/shared/ids.ts";
import type { OrderRow, OrderSearch, StaffOrder } from "@orderwatch/shared/ops/orders.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import type { Logger } from "../../platform/log.ts";
import { contactKeys, emailKey, maskContact, openContact, phoneTailKey } from "./contact.ts";
import { failureOf } from "./domain.ts";
import { type Returnable, repairsOf } from "./repair-domain.ts";
import { readTerm } from "./search-domain.ts";
import * as store from "./search-store.ts";
import { buildTrace } from "./trace-domain.ts";
import { readTraceSources, type TraceSources } from "./trace-store.ts";

export interface SearchContext {
  db: Database;
  keys: Keys;
  log: Logger;
}

/** Orders looked at per try when no index narrows the search; a page may then come back short, with a cursor. */
const scanBudgets = [500, 5_000, 50_000];

/**
 * Finds orders by anything that staff know of them, newest first. A page that is short but has a cursor looked as far as
 * one request may; the next one goes on from there. Throws `request.invalid` for a cursor that is not ours.
 */
export async function searchOrders(
  context: SearchContext,
  search: OrderSearch,
): Promise<{ items: OrderRow[]; nextCursor: string | null }> {
  const { sql } = context.db;
  const filter = await toFilter(context, search);
  if (filter === null) return { items: [], nextCursor: null };
  const { ids, nextCursor } = filter.key
    ? await byKey(context, { ...filter, key: filter.key }, search.limit)
    : await byScan(context, filter, search.limit);
  const found = await store.readOrders(sql, ids);
  return { items: found.map((order) => toRow(context, order)), nextCursor };
}

async function byKey(
  { db }: SearchContext,
  filter: store.OrderFilter & { key: store.OrderKey },
  limit: number,
) {
  const ids = await store.findByKey(db.sql, filter, limit + 1);
  const page = ids.slice(0, limit);
  return { ids: page, nextCursor: ids.length > limit ? (page.at(-1) ?? null) : null };
}

async function byScan({ db }: SearchContext, filter: store.OrderFilter, limit: number) {
  const ids: string[] = [];
  let before = filter.before;
  for (const budget of scanBudgets) {
    const scan = await store.scanNewest(db.sql, { ...filter, before }, limit + 1 - ids.length, budget);
    ids.push(...scan.ids);
    if (ids.length > limit) return { ids: ids.slice(0, limit), nextCursor: ids[limit - 1] ?? null };
    if (scan.stoppedAt === null) return { ids, nextCursor: null };
    before = scan.stoppedAt;
  }
  return { ids, nextCursor: before ?? null };
}

/** Null when nothing can match. */
async function toFilter(context: SearchContext, search: OrderSearch): Promise<store.OrderFilter | null> {
  const { sql } = context.db;
  if (search.cursor !== undefined && !Id.safeParse(search.cursor).success)
    throw new DomainError("request.invalid", "cursor: not one of ours", {
      errors: [{ path: "cursor", message: "not one of ours" }],
    });
  const filter: store.OrderFilter = {
    status: search.status,
    origin: search.origin,
    paymentMethod: search.paymentMethod,
    failureCode: search.failureCode,
    from: search.from === undefined ? undefined : new Date(search.from),
    to: search.to === undefined ? undefined : new Date(search.to),
    before: search.cursor,
  };
  if (search.sku !== undefined) {
    const productId = await store.productIdOf(sql, search.sku);
    if (productId === undefined) return null;
    filter.productId = productId;
  }
  if (search.q !== undefined) {
    const meant = await readQuery(context, search.q);
    if (meant === null) return null;
    if ("productId" in meant) {
      if (filter.productId !== undefined && filter.productId !== meant.productId) return null;
      filter.productId = meant.productId;
    } else filter.key = meant;
  }
  if (!filter.key && filter.failureCode !== undefined)
    filter.key = { by: "failure", code: filter.failureCode };
  return filter;
}

/** What the typed text finds orders by; a SKU that exists wins over a phone number that reads the same. */
async function readQuery(
  { db: { sql }, keys }: SearchContext,
  typed: string,
): Promise<store.OrderKey | { productId: string } | null> {
  const term = readTerm(typed);
  switch (term.kind) {
    case "id":
      return { by: "ids", ids: [term.id, ...(await store.orderOfPayment(sql, { id: term.id }))] };
    case "email":
      return { by: "email", key: emailKey(keys, term.email) };
    case "failure":
      return { by: "failure", code: term.code };
    default: {
      const productId = await store.productIdOf(sql, typed.trim());
      if (productId !== undefined) return { productId };
      if (term.kind === "phone") {
        const { phoneKey: key, phoneTailKey: tailKey } = contactKeys(keys, { phone: term.phone });
        return key === null ? null : { by: "phone", key, tailKey };
      }
      if (term.kind === "phone_tail") return { by: "phone_tail", key: phoneTailKey(keys, term.digits) };
      const ids = await store.orderOfPayment(sql, { tradeNo: term.word });
      return ids.length > 0 ? { by: "ids", ids } : null;
    }
  }
}

/** Orders by their ids, newest first, contacts masked; unknown ids are left out. */
export async function readOrderRows(
  context: Pick<SearchContext, "db" | "keys" | "log">,
  ids: readonly string[],
): Promise<OrderRow[]> {
  return (await store.readOrders(context.db.sql, ids)).map((order) => toRow(context, order));
}

/** One order with its whole trace. Throws `order.not_found`. */
export async function readStaffOrder(context: SearchContext, id: string): Promise<StaffOrder> {
  const [[order], sources] = await Promise.all([
    store.readOrders(context.db.sql, [id]),
    readTraceSources(context.db.sql, id),
  ]);
  if (!order) throw new DomainError("order.not_found", "No such order");
  return {
    ...toRow(context, order),
    items: order.items,
    ...(order.failureCode
      ? { failure: failureOf(order.failureCode, order.failureDetail, order.paymentMethod) }
      : {}),
    attempts: order.attempts,
    expiresAt: order.expiresAt.toISOString(),
    nextAttemptAt: order.nextAttemptAt?.toISOString() ?? null,
    codesHeld: sources.codesHeld,
    codesSold: sources.codesSold,
    payments: sources.payments.map(({ openedAt: _, askedAt: __, createdAt, paidAt, ...payment }) => ({
      ...payment,
      createdAt: createdAt.toISOString(),
      paidAt: paidAt?.toISOString() ?? null,
    })),
    refunds: sources.refunds.map(({ createdAt, doneAt, ...refund }) => ({
      ...refund,
      createdAt: createdAt.toISOString(),
      doneAt: doneAt?.toISOString() ?? null,
    })),
    repairs: repairsOf(order.status, sources.payments, leftOf(sources)),
    trace: buildTrace(sources),
  };
}

/** What of each paid payment is neither back nor on its way. */
function leftOf({ payments, refunds }: TraceSources): Returnable[] {
  return payments
    .filter((payment) => payment.status === "paid")
    .map((payment) => {
      const returned = refunds.filter((one) => one.paymentId === payment.id && one.status !== "failed");
      return {
        paymentId: payment.id,
        amountFen: payment.amountFen - returned.reduce((sum, one) => sum + one.amountFen, 0),
      };
    });
}

function toRow({ keys, log }: Pick<SearchContext, "keys" | "log">, order: store.FoundOrder): OrderRow {
  let contact: OrderRow["contact"] = {};
  try {
    contact = maskContact(openContact(keys, order.id, order.contact));
  } catch (error) {
    log.error({ err: error, orderId: order.id }, "a contact could not be opened; it is shown as none");
  }
  return {
    id: order.id,
    status: order.status,
    origin: order.origin,
    amountFen: order.amountFen,
    paymentMethod: order.paymentMethod,
    items: order.items.map(({ reference: _, ...item }) => item),
    contact,
    failureCode: order.failureCode,
    createdAt: order.createdAt.toISOString(),
    paidAt: order.paidAt?.toISOString() ?? null,
    deliveredAt: order.deliveredAt?.toISOString() ?? null,
  };
}
