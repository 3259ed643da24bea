/** What staff pause or limit is refused to new orders alone: what was begun before comes to its end. */
import type { Levers } from "@orderwatch/shared/ops/levers.ts";
import { DomainError, remedies } from "@orderwatch/shared/problem.ts";
import { type PaymentMethod, paymentMethods } from "@orderwatch/shared/shop/orders.ts";

/** Nothing is refused. */
export const restingLevers: Levers = {
  paused: [],
  maxUnits: null,
  limitFactor: null,
  shed: "none",
  version: 0,
  changedAt: null,
  changedBy: null,
  reason: null,
};

/** The refusal of a paused payment method, which offers those that are not; null where it may be used. */
export function refusalOfMethod(levers: Levers, method: PaymentMethod): DomainError | null {
  if (!levers.paused.includes(method)) return null;
  const others = paymentMethods.filter((other) => !levers.paused.includes(other));
  const offered = remedies("payment.channel_unavailable", { switch_payment: { paymentMethods: others } });
  return new DomainError("payment.channel_unavailable", "This payment method is paused for now", {
    remedies: others.length > 0 ? offered : [],
  });
}

/** Units of one product that one order may have now; null where only the product's own limit counts. */
export function mostUnits(levers: Levers, productLimit: number | undefined): number | null {
  const reduced =
    levers.limitFactor === null || productLimit === undefined
      ? null
      : Math.max(1, Math.floor(productLimit * levers.limitFactor));
  if (levers.maxUnits === null) return reduced;
  return reduced === null ? levers.maxUnits : Math.min(reduced, levers.maxUnits);
}

/** The refusal of too many units of one product, summed over an order's lines; null where it may have them. */
export function refusalOfUnits(
  levers: Levers,
  items: readonly { sku: string; quantity: number }[],
  limitOf: (sku: string) => number | undefined,
): DomainError | null {
  const wanted = new Map<string, number>();
  for (const { sku, quantity } of items) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
  for (const [sku, quantity] of wanted) {
    const most = mostUnits(levers, limitOf(sku));
    if (most === null || quantity <= most) continue;
    const offered = remedies("stock.limit_exceeded", { lower_quantity: { sku, maxQuantity: most } });
    return new DomainError("stock.limit_exceeded", `At most ${most} of ${sku} in one order for now`, {
      remedies: offered.filter(({ kind }) => kind === "lower_quantity"),
    });
  }
  return null;
}
