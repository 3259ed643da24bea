import type { DomainError, ProblemCode } from "@orderwatch/shared/problem.ts";
import type { PlaceOrder } from "@orderwatch/shared/shop/orders.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Sql } from "../../platform/db.ts";
import { type LeverWatch, refusalOfMethod, refusalOfUnits } from "../levers/actions.ts";
import type { Placer } from "./place.ts";
import { isKnownKey } from "./store.ts";

/**
 * Refuses new orders that a lever forbids: a paused payment method, or too many units. An order that was placed before
 * still gets its answer again for the same key.
 */
export function obeyLevers(
  placer: Placer,
  deps: {
    levers: Pick<LeverWatch, "current">;
    sql: Sql;
    keys: Keys;
    /** A product's own limit of units in one order. */
    limitOf: (sku: string) => Promise<number | undefined>;
    onRefused: (code: ProblemCode) => void;
  },
): Placer {
  const refusalOf = async (body: PlaceOrder): Promise<DomainError | null> => {
    const levers = deps.levers.current();
    const byMethod = refusalOfMethod(levers, body.paymentMethod);
    if (byMethod || (levers.maxUnits === null && levers.limitFactor === null)) return byMethod;
    const limits = new Map<string, number | undefined>();
    if (levers.limitFactor !== null)
      for (const { sku } of body.items) limits.set(sku, await deps.limitOf(sku));
    return refusalOfUnits(levers, body.items, (sku) => limits.get(sku));
  };
  return {
    async place(input) {
      const refusal = await refusalOf(input.body);
      if (refusal && !(await isKnownKey(deps.sql, deps.keys.lookup("idempotency", input.key)))) {
        deps.onRefused(refusal.code);
        throw refusal;
      }
      return placer.place(input);
    },
    load: () => placer.load(),
    idle: () => placer.idle(),
  };
}
