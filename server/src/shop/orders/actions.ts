import { DomainError } from "@orderwatch/shared/problem.ts";
import type { BuyerOrder } from "@orderwatch/shared/shop/orders.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import { openCode } from "../stock/actions.ts";
import { failureOf } from "./domain.ts";
import type { OrderSignals } from "./events.ts";
import { paymentOffer } from "./place.ts";
import {
  expireOrders,
  forgetIdempotencyKeys,
  type OrderRow,
  readDeliveredCodes,
  readOrder,
} from "./store.ts";
import { isTokenOf } from "./token.ts";

export { deviceKey as deviceKeyOf } from "./device.ts";
export { rules, transitions } from "./domain.ts";
export { createOrderSignals, type OrderSignals } from "./events.ts";
export { createOrderFollowers } from "./follow.ts";
export { idempotencyKey } from "./idempotency.ts";
export { obeyLevers } from "./lever-actions.ts";
export {
  createPlacer,
  keepWarmMs,
  orderingConnections,
  orderingIdleMs,
  type Placer,
  paymentOffer,
  warmPlacing,
} from "./place.ts";
export { createRehearsal } from "./rehearsal.ts";
export { decideRefund, priceKept, whyNotConfirm, whyNotRedeliver } from "./repair-domain.ts";
export { readVersions } from "./store.ts";
export { orderToken } from "./token.ts";
export { troublePlacer } from "./troubled-placer.ts";

const expiredKeysAfterMs = 72 * 3_600_000;

/** Throws unless the header carries this order's token: none at all is 401, another order's is 404. */
export function authorizeBuyer(keys: Keys, orderId: string, authorization: string | undefined): void {
  const token = /^Bearer ([A-Za-z0-9._-]{1,200})$/.exec(authorization ?? "")?.[1];
  if (token === undefined)
    throw new DomainError("order.token_required", "Send Authorization: Bearer with the order's token");
  if (!isTokenOf(keys, orderId, token)) throw new DomainError("order.not_found", "No such order");
}

/** An order as its buyer sees it, codes included once they were handed over. The caller is authorised already. */
export async function viewOrder(
  deps: { db: Database; keys: Keys; shopUrl: string },
  orderId: string,
): Promise<BuyerOrder> {
  const order = await readOrder(deps.db.sql, orderId);
  if (!order) throw new DomainError("order.not_found", "No such order");
  const isOver = order.status === "delivered";
  const codes = isOver ? await readDeliveredCodes(deps.db.sql, orderId) : [];
  return {
    ...summary(order, deps.shopUrl),
    ...(isOver
      ? {
          codes: [
            ...codes.map((code) => ({
              sku: code.sku,
              code: openCode(deps.keys, code.productId, code.sealed),
            })),
            ...references(order),
          ],
        }
      : {}),
  };
}

function summary(order: OrderRow, shopUrl: string): BuyerOrder {
  const { payment } = order;
  // A balance pays at once, so that nobody is ever sent to do it.
  const open =
    order.status === "awaiting_payment" && payment !== null && payment.method !== "balance"
      ? { ...payment, method: payment.method, expiresAt: order.expiresAt }
      : null;
  return {
    id: order.id,
    status: order.status,
    amountFen: order.amountFen,
    items: order.items.map(({ sku, name, kind, quantity, priceFen }) => ({
      sku,
      name,
      kind,
      quantity,
      priceFen,
    })),
    ...(open ? { payment: { ...paymentOffer(shopUrl, open), method: open.method } } : {}),
    ...(order.failureCode
      ? { failure: failureOf(order.failureCode, order.failureDetail, order.method) }
      : {}),
    events: order.events.map(({ code, at, ...event }) => ({
      ...event,
      at: new Date(at).toISOString(),
      ...(code ? { code } : {}),
    })),
    ...(order.refunds.length === 0
      ? {}
      : { refunds: order.refunds.map((one) => ({ ...one, at: new Date(one.at).toISOString() })) }),
    createdAt: order.createdAt.toISOString(),
  };
}

/** What a recharge hands over: the supplier's confirmation. */
function references(order: OrderRow): { sku: string; code: string }[] {
  return order.items.flatMap((item) =>
    item.reference === null ? [] : [{ sku: item.sku, code: item.reference }],
  );
}

/** One pass of letting orders expire; `more` when another full batch may be due. */
export async function expireDue(
  deps: { db: Database; at?: () => Date | null; signals: OrderSignals },
  limit = 500,
): Promise<{ more: boolean }> {
  const expired = await expireOrders(deps.db.sql, deps.at?.() ?? null, limit);
  if (expired > 0) {
    await faultPoint("expiry.committed");
    deps.signals.expired(expired);
  }
  return { more: expired === limit };
}

export async function forgetOldKeys(deps: { db: Database; clock: Clock }): Promise<void> {
  await forgetIdempotencyKeys(deps.db.sql, new Date(deps.clock.now().getTime() - expiredKeysAfterMs));
}
