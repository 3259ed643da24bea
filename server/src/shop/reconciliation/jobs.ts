import type { PaymentDeps } from "../payments/actions.ts";
import { addDueRuns, reconcileDue } from "./actions.ts";
import { actDue } from "./repair-actions.ts";

/** When the bills of the day before are asked for; the sweep makes up for a call that was missed. */
export const dailySchedule = { pattern: "0 10 * * *", tz: "Asia/Shanghai" } as const;

/** What a shop node does about reconciliation: each is a loop whose rows are the queue. */
export function reconciliationJobs(deps: PaymentDeps): {
  name: string;
  everyMs: number;
  work: () => Promise<{ more: boolean }>;
}[] {
  return [
    {
      name: "reconcile-days",
      everyMs: 60_000,
      work: async () => {
        await addDueRuns(deps);
        return { more: false };
      },
    },
    { name: "reconcile", everyMs: 1_000, work: () => reconcileDue(deps) },
    { name: "reconcile-repairs", everyMs: 1_000, work: () => actDue(deps) },
  ];
}
