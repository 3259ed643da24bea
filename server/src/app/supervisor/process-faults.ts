import { systemClock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import { FaultHolder } from "../../platform/faults/leases.ts";
import type { Logger } from "../../platform/log.ts";
import type { FaultAsk } from "../../platform/supervision-messages.ts";
import type { Child } from "./child.ts";

/** The name that leases for the supervisor are signed for. */
const target = "supervisor";

/** The processes that drills may strike. */
export interface Processes {
  childOf(node: string): Child | undefined;
  /** Null, or why it cannot be. */
  restart(node: string): string | null;
}

/**
 * Faults of whole processes, which these cannot hold themselves. A killed or restarted one comes back by the usual way;
 * a frozen one goes on when its lease is over, if the pool has not taken it for hung and killed it before.
 */
export function openProcessFaults({
  keys,
  log,
  processes,
}: {
  keys: Keys;
  log: Logger;
  processes: Processes;
}): FaultHolder {
  const running = (node: string): Child => {
    const child = processes.childOf(node);
    if (!child) throw new Error(`${node} does not run`);
    return child;
  };
  return new FaultHolder({
    ...{ target, keys, log, clock: systemClock, points: [] },
    effects: {
      kill(active) {
        running(active.fault.node).kill();
        active.pass();
        return { end: () => undefined };
      },
      freeze(active) {
        const child = running(active.fault.node);
        child.signal("SIGSTOP");
        active.pass();
        // Nothing happens when it is gone: the signal goes to the process that was frozen, not to its successor.
        return { end: () => child.signal("SIGCONT"), lingers: () => child.isStopped() };
      },
      restart(active) {
        const refusal = processes.restart(active.fault.node);
        if (refusal !== null) throw new Error(refusal);
        active.pass();
        return { end: () => undefined };
      },
    },
  });
}

/** The report that is asked for. Throws ForgedLease. */
export async function answerFault(faults: FaultHolder, ask: FaultAsk) {
  switch (ask.what) {
    case "grant":
      return faults.grant(ask.signed);
    case "renew":
      return faults.renew(ask.signed);
    case "revert":
      return await faults.revert(ask.lease);
    case "report":
      return faults.report(ask.lease);
  }
}
