import type { LeverChange, LeversView } from "@orderwatch/shared/ops/levers.ts";
import type { Cache } from "../../platform/cache.ts";
import { announceLevers, changeLevers, readLevers } from "../../shop/levers/actions.ts";
import { type AuditContext, audited, type By } from "../audit/actions.ts";

export interface LeverContext extends AuditContext {
  cache: Pick<Cache, "changed">;
  /** The shop's nodes with the version of the levers that each goes by. */
  nodes: () => readonly { id: string; levers?: number | undefined }[];
}

type ByStaff = By & { staff: { id: string; name: string } };

/** The levers as they are, and which nodes know. */
export async function viewLevers({ db, nodes }: Pick<LeverContext, "db" | "nodes">): Promise<LeversView> {
  const levers = await readLevers(db.sql);
  return { ...levers, nodes: nodes().map(({ id, levers: version = null }) => ({ id, version })) };
}

/** Sets levers by hand, audited; all nodes follow within a second. */
export async function setLevers(
  context: LeverContext,
  by: ByStaff,
  change: LeverChange,
): Promise<LeversView> {
  await audited(context, by, async (within) => {
    const levers = await changeLevers(within.sql, change, { by: by.staff.name, at: context.clock.now() });
    const { paused, maxUnits, limitFactor, shed, version } = levers;
    return {
      result: levers,
      note: {
        ...{ action: "levers.changed", target: { kind: "levers", id: "shop" }, reason: change.reason },
        facts: { paused: paused.join(" "), maxUnits, limitFactor, shed, version },
      },
    };
  });
  announceLevers(context.cache);
  return await viewLevers(context);
}
