import { createHash } from "node:crypto";
import { fenToYuan } from "@orderwatch/shared/money.ts";
import { DomainError, remedies } from "@orderwatch/shared/problem.ts";
import type { Origin, PlacedOrder, PlaceOrder } from "@orderwatch/shared/shop/orders.ts";
import { type Batcher, createBatcher } from "../../platform/batcher.ts";
import type { Keys } from "../../platform/crypto.ts";
import { type Database, isValueError } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import { accountKey, contactKeys, sealContact, sealRechargeAccount } from "./contact.ts";
import { deviceKey } from "./device.ts";
import { canonicalBody, rules } from "./domain.ts";
import type { OrderSignals } from "./events.ts";
import { type NewOrder, type Placing, placeOrders } from "./place-statement.ts";
import { readPlaced } from "./store.ts";
import { orderToken } from "./token.ts";

export interface PlaceInput {
  key: string;
  body: PlaceOrder;
  address: string;
  origin: Origin;
}

export interface Placer {
  /**
   * Places an order, or gives the same answer again for the same key and body.
   * Throws DomainError for every refusal; a refusal makes no order and takes no stock.
   */
  place(input: PlaceInput): Promise<PlacedOrder>;
  /** Orders under way as a share of what can be placed in time; from 1 on they are refused as busy. */
  load(): number;
  idle(): Promise<void>;
}

/** So often is an order tried anew whose stock somebody else held at that moment. */
const maxTries = 25;

/** So many statements with orders are on their way at once, and take a connection each. */
export const orderingConnections = 2;
/** So often are they warmed again, and kept from one time to the next: on a standby nothing else uses them. */
export const keepWarmMs = 10_000;
export const orderingIdleMs = 3 * keepWarmMs;

/**
 * Places nothing, over the connections that the next orders will take. A connection compiles and plans the statement when
 * it runs it first, which takes as long as a dozen orders; whoever takes over from a dead node has buyers waiting then.
 */
export async function warmPlacing(db: Database): Promise<void> {
  await Promise.all(Array.from({ length: orderingConnections }, () => placeOrders(db.sql, [], null)));
}

export function createPlacer(deps: {
  db: Database;
  /** Connections for orders alone, where they have some: nothing else holds them up then. */
  ordering?: Database | undefined;
  keys: Keys;
  newId: NewId;
  shopUrl: string;
  signals: OrderSignals;
  log: Logger;
  /** Tests give the moment; null lets the database's clock decide. */
  now?: () => Date | null;
  /** What places a batch; the statement, for good, unless it is only rehearsed. */
  place?: (batch: readonly NewOrder[]) => Promise<Placing[]>;
}): Placer {
  const { db, ordering = db, keys, newId, signals } = deps;
  const now = deps.now ?? (() => null);
  const placeForGood = async (batch: readonly NewOrder[]): Promise<Placing[]> => {
    await faultPoint("order.placing");
    const placings = await placeOrders(ordering.sql, batch, now());
    await faultPoint("order.placed");
    return placings;
  };
  const batcher: Batcher<NewOrder, Placing> = createBatcher({
    run: deps.place ?? placeForGood,
    isItemFault: isValueError,
    maxInFlight: orderingConnections,
  });
  /** Equal keys of this process share one try: the first decides, the others get its answer. */
  const underway = new Map<string, { bodyHash: Buffer; placed: Promise<PlacedOrder> }>();

  const prepare = ({ body, address, origin }: PlaceInput, key: Buffer, bodyHash: Buffer): NewOrder => {
    const id = newId();
    const contact = contactKeys(keys, body.contact);
    return {
      id,
      paymentId: newId(),
      key,
      bodyHash,
      origin,
      method: body.paymentMethod,
      expectedAmountFen: body.expectedAmountFen ?? null,
      addressKey: keys.lookup64("address", address),
      deviceKey: deviceKey(keys, body.deviceId),
      accountKey: accountKey(keys, body.rechargeAccount, contact),
      contact: sealContact(keys, id, body.contact),
      ...contact,
      rechargeAccount:
        body.rechargeAccount === undefined ? null : sealRechargeAccount(keys, id, body.rechargeAccount),
      session: body.session ?? null,
      language: body.language ?? "zh-CN",
      lines: body.items,
    };
  };

  const submit = async (order: NewOrder): Promise<Exclude<Placing, { outcome: "contended" }>> => {
    for (let tries = 1; tries <= maxTries; tries++) {
      const placing = await batcher.submit(order);
      if (placing.outcome !== "contended") return placing;
      // Whoever holds the rows is about to commit or roll back; give it a moment, longer each time.
      await new Promise((resolve) => setTimeout(resolve, Math.min(tries * 2, 40)));
    }
    throw new DomainError("server.busy", "Others are buying the last of these; try again in a moment");
  };

  const answer = (
    order: { id: string; status: PlacedOrder["status"]; amountFen: number },
    payment: { id: string; method: PlacedOrder["payment"]["method"]; expiresAt: Date },
  ): PlacedOrder => ({
    id: order.id,
    token: orderToken(keys, order.id),
    status: order.status,
    amountFen: order.amountFen,
    payment: paymentOffer(deps.shopUrl, payment),
  });

  const placeNew = async (input: PlaceInput, key: Buffer, bodyHash: Buffer): Promise<PlacedOrder> => {
    const order = prepare(input, key, bodyHash);
    const placing = await submit(order);
    if (placing.outcome === "placed") {
      signals.placed(order.origin, order.method);
      const { orderId, paymentId, amountFen, expiresAt } = placing;
      return answer(
        { id: orderId, status: "awaiting_payment", amountFen },
        { id: paymentId, method: order.method, expiresAt },
      );
    }
    if (placing.outcome === "replay") {
      if (!placing.sameBody) throw mismatch();
      const known = await readPlaced(db.sql, placing.orderId);
      return answer(known, known.payment);
    }
    if (placing.outcome === "wrong_clock")
      deps.log.error({ orderId: order.id }, "the clock of this node is minutes off: its orders are refused");
    const refusal = refusalOf(placing, input.body);
    signals.refused(refusal.code);
    throw refusal;
  };

  return {
    async place(input) {
      const key = keys.lookup("idempotency", input.key);
      const name = key.toString("base64");
      const bodyHash = createHash("sha256")
        .update(canonicalBody(orderedOf(input.body)))
        .digest();
      const earlier = underway.get(name);
      if (earlier) {
        if (earlier.bodyHash.equals(bodyHash)) return earlier.placed;
        const stands = await earlier.placed.then(
          () => true,
          () => false,
        );
        if (stands) throw mismatch();
        return this.place(input);
      }
      const placed = placeNew(input, key, bodyHash).finally(() => underway.delete(name));
      underway.set(name, { bodyHash, placed });
      return placed;
    },
    load: () => batcher.load(),
    idle: () => batcher.idle(),
  };
}

/** Where and until when a payment can be made. */
export function paymentOffer(
  shopUrl: string,
  payment: { id: string; method: PlacedOrder["payment"]["method"]; expiresAt: Date },
): PlacedOrder["payment"] {
  return {
    id: payment.id,
    method: payment.method,
    url: `${shopUrl}/pay/${payment.id}`,
    expiresAt: new Date(payment.expiresAt.getTime() - rules.providerMarginMs).toISOString(),
  };
}

/** What a key stands for: whoever has switched the language before repeating it wants the same order. */
const orderedOf = ({ language: _, ...ordered }: PlaceOrder): PlaceOrder => ordered;

const mismatch = () =>
  new DomainError("idempotency.mismatch", "This Idempotency-Key came with another body before");

function refusalOf(
  placing: Exclude<Placing, { outcome: "placed" | "replay" | "contended" }>,
  body: PlaceOrder,
): DomainError {
  switch (placing.outcome) {
    case "unknown_product":
      return new DomainError("product.not_found", `${placing.sku} is not for sale`, {
        errors: [
          {
            path: `items.${body.items.findIndex((line) => line.sku === placing.sku)}.sku`,
            message: "must be a product that is for sale",
          },
        ],
      });
    case "account_required":
      return new DomainError(
        "request.invalid",
        `rechargeAccount: ${placing.sku} needs the account to recharge`,
        {
          errors: [{ path: "rechargeAccount", message: "the account to recharge" }],
        },
      );
    case "over_amount":
      return new DomainError(
        "request.invalid",
        `items: one order may cost at most ${fenToYuan(placing.amountFen)} yuan`,
        { errors: [{ path: "items", message: "costs more than one order may" }] },
      );
    case "price_changed":
      return new DomainError("order.price_changed", "The price has changed since you saw it", {
        remedies: remedies("order.price_changed", { confirm_price: { amountFen: placing.amountFen } }),
      });
    case "over_limit":
      return new DomainError(
        "stock.limit_exceeded",
        `At most ${placing.units} of ${placing.sku} in one order`,
        {
          remedies: remedies("stock.limit_exceeded", {
            lower_quantity: { sku: placing.sku, maxQuantity: placing.units },
          }).filter((remedy) => remedy.kind === "lower_quantity"),
        },
      );
    case "over_hold":
      return limitExceeded(
        `So much waits for your payment already that ${placing.units} more units can be kept for you now`,
        placing,
        body.items.length === 1 ? body.items[0]?.sku : undefined,
      );
    case "over_buyer":
      return limitExceeded(`You may buy ${placing.units} more of ${placing.sku} now`, placing, placing.sku);
    case "too_many":
      return new DomainError(
        "risk.too_many_requests",
        `At most ${rules.ratePerAddress} orders in ${rules.rateWindowMs / 60_000} minutes`,
        {
          remedies: remedies("risk.too_many_requests", {
            wait_until: { until: placing.retryAt.toISOString() },
          }),
        },
      );
    case "sold_out":
      return soldOut(placing.sku);
    case "wrong_clock":
      return new DomainError("server.busy", "This node cannot place orders now; try again in a moment");
  }
}

/** The refusal of an order for more than there is. */
export function soldOut(sku: string): DomainError {
  return new DomainError("stock.sold_out", `${sku} is sold out`, {
    remedies: remedies("stock.sold_out", { restock_notice: { sku }, similar_product: { sku } }),
  });
}

/** With the remedies that can work: fewer units where any are left, and waiting where that would free some. */
export function limitExceeded(
  detail: string,
  left: { units: number; retryAt: Date | null },
  sku: string | undefined,
): DomainError {
  const { units: maxQuantity, retryAt } = left;
  const offered = remedies("stock.limit_exceeded", {
    lower_quantity: { ...(sku === undefined ? {} : { sku }), maxQuantity },
    wait_until: retryAt ? { until: retryAt.toISOString() } : {},
  });
  return new DomainError("stock.limit_exceeded", detail, {
    remedies: offered.filter(({ kind }) => (kind === "wait_until" ? retryAt !== null : maxQuantity > 0)),
  });
}
