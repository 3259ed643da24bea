import type { DifferenceKind, ReconciliationDifference } from "@orderwatch/shared/ops/reconciliation.ts";

/** The order in which kinds are shown: first what keeps a buyer waiting for goods or money. */
const order: readonly DifferenceKind[] = [
  "paid_unheard",
  "paid_twice",
  "refund_not_in_bill",
  "amount_differs",
  "refund_amount_differs",
  "not_in_bill",
  "refund_unfinished",
  "refund_unknown",
  "unknown_trade",
];

/** The kind that a ticket about a difference names, such as `reconciliation.paid_twice`. */
export const kindOfCode = (code: string): DifferenceKind | undefined =>
  order.find((kind) => code === `reconciliation.${kind}`);

/** What a ticket about a day that could not be compared names. */
export const notCompared = "reconciliation.not_compared";

/** Differences by kind, most urgent kind first, within it in the order given. */
export function byKind(
  differences: readonly ReconciliationDifference[],
): [DifferenceKind, ReconciliationDifference[]][] {
  const groups = Map.groupBy(differences, ({ kind }) => kind);
  return order.flatMap((kind) => {
    const group = groups.get(kind);
    return group ? [[kind, group] as [DifferenceKind, ReconciliationDifference[]]] : [];
  });
}
