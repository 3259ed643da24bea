import type { LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";

/** What a lease sets going. */
export interface Activity {
  touched(): LeaseReport["touched"];
  /** Why it does less than it was asked for; undefined while it does all of it. */
  detail(): string | undefined;
  /** Whether somebody was let pass because its radius is full. */
  limited?(): boolean;
  /** Looked at where it acts and not in any book: whether what it does is there. Asked once it has ended. */
  lingers?(): boolean;
  /** Begins nothing more, and resolves when what was under way has ended. Throws when it cannot be ended. */
  stop(): Promise<void>;
}

export const untouched: LeaseReport["touched"] = { orders: 0, buyers: 0, passes: 0 };
