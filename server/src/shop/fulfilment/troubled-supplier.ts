import type { Subject } from "../../platform/faults/domain.ts";
import type { Faults } from "../../platform/faults/leases.ts";
import { linger, strike } from "../../platform/faults/points.ts";
import type { Supplier, SupplierOutcome } from "./supplier.ts";

// What it says stands with the order, where a surprise would be given away, and where buyers read it.

/** A call that a drill makes slower than this has timed out, as it would with the supplier itself. */
const timeoutMs = 5_000;

/**
 * The supplier as one order meets it while a drill has its hands in it; itself while there is none. It stands outside the
 * supplier's circuit breaker, or one order's trouble would become that of orders beyond the radius.
 */
export function troubleSupplier(supplier: Supplier, faults: Faults, subject: Subject): Supplier {
  if (faults.held.supplier === undefined) return supplier;
  const call = async (ask: () => Promise<SupplierOutcome>): Promise<SupplierOutcome> => {
    const suffering = strike(faults.active("supplier"), subject);
    if (!suffering) return ask();
    await linger({ ...suffering, delayMs: Math.min(suffering.delayMs, timeoutMs) });
    if (suffering.fails) return { state: "unclear", detail: "the supplier could not be reached" };
    const outcome = await ask();
    const isLate = suffering.delayMs >= timeoutMs && !suffering.over.aborted;
    return isLate ? { state: "unclear", detail: "the supplier did not answer in time" } : outcome;
  };
  return {
    recharge: (recharge) => call(() => supplier.recharge(recharge)),
    ask: (lineId) => call(() => supplier.ask(lineId)),
  };
}
