import type { OrderStatus } from "@orderwatch/shared/shop/orders.ts";
import type { SupplierOutcome } from "./supplier.ts";

/** Money of an order whose delivery failed goes back only for what its supplier did not deliver, unless a person insists. */

export interface Recharges {
  status: OrderStatus;
  failureCode: string | null;
  /** When its last delivery began. */
  begunAt: Date | null;
  lines: { id: string; reference: string | null }[];
}

/** What the supplier says about the lines of one delivery that it had not confirmed before. */
export interface SupplierTestimony {
  begunAt: Date | null;
  delivered: { id: string; reference: string }[];
  /** What it has not delivered and will not. */
  denied: string[];
}

/**
 * The lines that may have been delivered though nobody knows. A line is sent only once all before it are confirmed: so where
 * an account was refused, that was the last word about the only line that was under way.
 */
export const unclearLines = ({ status, failureCode, lines }: Recharges): string[] =>
  status !== "delivery_failed" || failureCode === "delivery.invalid_account"
    ? []
    : lines.filter(({ reference }) => reference === null).map(({ id }) => id);

export const isDenied = ({ state }: SupplierOutcome): boolean => state === "refused" || state === "unknown";

/**
 * Why an order's money should not go back; null when it may. What was said about an earlier delivery says nothing about
 * what was sent since.
 */
export function whyNotGiveBack(
  recharges: Recharges,
  testimony: SupplierTestimony | undefined,
  endsOrder: boolean,
): "unclear" | "recharged" | null {
  if (recharges.status !== "delivery_failed") return null;
  const isOfThis = testimony?.begunAt?.getTime() === recharges.begunAt?.getTime();
  const denied = new Set(isOfThis ? testimony?.denied : []);
  if (unclearLines(recharges).some((id) => !denied.has(id))) return "unclear";
  return endsOrder && recharges.lines.some(({ reference }) => reference !== null) ? "recharged" : null;
}
