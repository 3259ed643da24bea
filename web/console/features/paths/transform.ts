import type { FunnelStepCount, VisitPath } from "@orderwatch/shared/ops/funnel.ts";

/** One thing that a visit did; `sinceMs` counts from the visit's beginning. */
export interface PathStep {
  kind: "visit" | "product" | "checkout" | "refused" | "placed" | "failed" | "paid" | "delivered";
  sinceMs: number;
  sku?: string;
  code?: string;
  orderId?: string;
}

const order: readonly PathStep["kind"][] = [
  "visit",
  "product",
  "checkout",
  "refused",
  "placed",
  "paid",
  "failed",
  "delivered",
];

/** A visit's steps and its orders' as one path, oldest first. */
export function pathOf(visit: VisitPath): PathStep[] {
  const began = Date.parse(visit.beganAt);
  const since = (at: string) => Math.max(0, Date.parse(at) - began);
  const steps: PathStep[] = [{ kind: "visit", sinceMs: 0 }];
  for (const { step, sku, code, at } of visit.steps)
    steps.push({
      kind: step,
      sinceMs: since(at),
      ...(sku === null ? {} : { sku }),
      ...(code === null ? {} : { code }),
    });
  for (const { id: orderId, placedAt, paidAt, deliveredAt, failureCode } of visit.orders) {
    steps.push({ kind: "placed", sinceMs: since(placedAt), orderId });
    if (paidAt !== null) steps.push({ kind: "paid", sinceMs: since(paidAt), orderId });
    if (deliveredAt !== null) steps.push({ kind: "delivered", sinceMs: since(deliveredAt), orderId });
    // When it failed stands in the order's trace alone; it is the last thing that is known of an order.
    if (failureCode !== null && deliveredAt === null)
      steps.push({ kind: "failed", sinceMs: since(paidAt ?? placedAt), code: failureCode, orderId });
  }
  return steps.sort((a, b) => a.sinceMs - b.sinceMs || order.indexOf(a.kind) - order.indexOf(b.kind));
}

/** How many came as far as the step before and no farther. */
export const lostBefore = (steps: readonly FunnelStepCount[], at: number): number | null => {
  const [before, here] = [steps[at - 1], steps[at]];
  return before === undefined || here === undefined ? null : before.reached - here.reached;
};

/** Of all who began, the share that came to the end; null where nobody began. */
export function throughShare(steps: readonly FunnelStepCount[]): number | null {
  const [first, last] = [steps[0], steps.at(-1)];
  return first === undefined || last === undefined || first.reached === 0
    ? null
    : last.reached / first.reached;
}
