import type { DrillFault, FaultLease, LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import type { Words } from "@orderwatch/shared/words.ts";

/** Where a fault would act: a target's name, and the fault with every choice of a node resolved. */
export interface Placement {
  target: string;
  fault: DrillFault;
}

/** The target did not answer; what it holds ends by itself when its lease does. */
export class TargetUnreachable extends Error {
  override name = "TargetUnreachable";
}

/**
 * Nodes, console, sandbox and supervisor as the engine knows them. Granting, renewing and reverting may be repeated with
 * the same effect: a lease is known by its id. They throw TargetUnreachable.
 */
export interface FaultTargets {
  /** Where a fault would act now, or why it cannot be had here. */
  place(fault: DrillFault): Promise<Placement[] | { refused: Words }>;
  grant(target: string, lease: FaultLease): Promise<LeaseReport>;
  renew(target: string, lease: FaultLease): Promise<LeaseReport>;
  revert(target: string, leaseId: string): Promise<LeaseReport>;
  /** What the target says of a lease; null when it knows none of that id. */
  probe(target: string, leaseId: string): Promise<LeaseReport | null>;
}
