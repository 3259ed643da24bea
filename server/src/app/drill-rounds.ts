import { holdLease, releaseLease } from "../ops/detection/office-actions.ts";
import { advance, type DrillContext, planDue, reapOrphans } from "../ops/drills/actions.ts";

/** Shorter than a fault's lease, so that whoever takes over still renews what another console has granted. */
const officeMs = 5_000;
/** Whatever was left behind is looked for when a console begins to lead, and then so often. */
const reapEveryMs = 10_000;

/**
 * The drills' turns of a console, of which one at a time takes any: a fault in a console's own probes is held by the one
 * that granted it, and another that asked its own book would find none.
 */
export function openDrillRounds(context: DrillContext) {
  const holder = context.newId();
  const { sql } = context.db;
  let reapAtMs = 0;
  return {
    async second(): Promise<void> {
      if (!(await holdLease(sql, "drills", holder, officeMs))) {
        reapAtMs = 0;
        return;
      }
      if (performance.now() >= reapAtMs) {
        await reapOrphans(context);
        reapAtMs = performance.now() + reapEveryMs;
      }
      await planDue(context);
      await advance(context);
    },
    leave: () => releaseLease(sql, "drills", holder),
  };
}
