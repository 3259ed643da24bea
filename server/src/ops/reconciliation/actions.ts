import type {
  DifferenceAction,
  ReconciliationDifference,
  ReconciliationRun,
} from "@orderwatch/shared/ops/reconciliation.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { resolveDifference, startRun } from "../../shop/reconciliation/actions.ts";
import { type AuditContext, audited, type By } from "../audit/actions.ts";

type ByStaff = By & { staff: { id: string; name: string } };

/** Has a day compared. Throws as `startRun`. */
export async function askForRun(
  context: AuditContext,
  by: ByStaff,
  wanted: { provider: PaymentMethod; day: string },
): Promise<ReconciliationRun> {
  return await audited(context, by, async (within) => {
    const run = await startRun({ ...context, db: within }, { ...wanted, requestedBy: by.staff.name });
    const target = { kind: "reconciliation", id: run.id };
    return { result: run, note: { action: "reconciliation.requested", target, facts: { ...wanted } } };
  });
}

/** Begins an action about a difference. Throws as `resolveDifference`. */
export async function actOnDifference(
  context: AuditContext,
  by: ByStaff,
  id: string,
  { action, reason }: { action: DifferenceAction; reason: string },
): Promise<ReconciliationDifference> {
  return await audited(context, by, async (within) => {
    const difference = await resolveDifference({ ...context, db: within }, id, {
      ...{ action, reason, by: by.staff },
    });
    const { kind, provider, day, orderId, outTradeNo, billFen, ourFen } = difference;
    return {
      result: difference,
      note: {
        ...{ action: "difference.acted", target: { kind: "difference", id }, reason },
        facts: { act: action, kind, provider, day, order: orderId, outTradeNo, billFen, ourFen },
      },
    };
  });
}
