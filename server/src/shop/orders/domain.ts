import { type FailureCode, failureCodes, remedies } from "@orderwatch/shared/problem.ts";
import type { Failure, OrderStatus, PlaceOrder, Tender } from "@orderwatch/shared/shop/orders.ts";

/** An order only ever moves along these arrows; `cancelled` and `refunded` are the ends. */
export const transitions = {
  awaiting_payment: ["paid", "expired", "cancelled"],
  expired: ["paid", "refunding"],
  paid: ["delivering", "under_review", "refunding"],
  under_review: ["delivering", "refunding"],
  delivering: ["delivered", "delivery_failed"],
  delivery_failed: ["delivering", "refunding"],
  delivered: ["refunding"],
  refunding: ["refunded"],
  refunded: [],
  cancelled: [],
} as const satisfies Record<OrderStatus, readonly OrderStatus[]>;

export function canMove(from: OrderStatus, to: OrderStatus): boolean {
  return (transitions[from] as readonly OrderStatus[]).includes(to);
}

/** Times and numbers of the order's way; milliseconds. */
export const rules = {
  holdMs: 5 * 60_000,
  /** Once, when a payment starts. */
  prolongMs: 10 * 60_000,
  /** The provider stops taking money this long before the hold ends. */
  providerMarginMs: 30_000,
  /** One address: at most so many orders in any window of this length. */
  rateWindowMs: 10 * 60_000,
  ratePerAddress: 50,
  /**
   * Units of unpaid stock that one may keep from others at a time. As many as one line may ask for, so that whoever holds
   * nothing can order anything; a house full of buyers behind one address shares it for minutes only. An account is one to
   * recharge: contacts are not counted, since filling somebody else's would be an easy way to keep them out.
   */
  heldPerAddress: 100,
  heldPerDevice: 100,
  heldPerAccount: 100,
} as const;

export function isFailureCode(code: string | null): code is FailureCode {
  return code !== null && (failureCodes as readonly string[]).includes(code);
}

/** What the buyer is told about a failure, with the ways out that fit this order. */
export function failureOf(code: string, detail: string | null, method: Tender): Failure {
  const others = (["wechat", "alipay"] as const).filter((other) => other !== method);
  const known = isFailureCode(code) ? code : "delivery.supplier_failed";
  return {
    code,
    detail: detail ?? code,
    remedies: remedies(known, { switch_payment: { paymentMethods: others } }),
  };
}

/** The body of an order in one canonical text, for comparing what came under one idempotency key. */
export function canonicalBody(body: PlaceOrder): string {
  return JSON.stringify(body, (_, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
