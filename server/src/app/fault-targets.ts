import type { FaultLease, LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import { type FaultTargets, placeFault, TargetUnreachable } from "../ops/drills/actions.ts";
import { isSandboxFault, sandboxTarget, sandboxTargetName } from "../ops/drills/sandbox-target.ts";
import type { Nodes } from "../ops/nodes/actions.ts";
import type { NodeFaults } from "../ops/nodes/link.ts";
import type { Clock } from "../platform/clock.ts";
import type { Keys } from "../platform/crypto.ts";
import { FaultHolder } from "../platform/faults/leases.ts";
import { type SignedLease, signLease } from "../platform/faults/proof.ts";
import type { Logger } from "../platform/log.ts";
import { OutboundError } from "../platform/outbound.ts";
import type { Supervision } from "../platform/supervision.ts";
import { listProviders, type Providers } from "../shop/payments/actions.ts";

/** The console's own leases, for its probes and its count of the stock. */
export function openConsoleFaults(context: { keys: Keys; clock: Clock; log: Logger }): FaultHolder {
  return new FaultHolder({ ...context, target: "console", points: ["payment", "supplier", "stock_check"] });
}

/** What a target does with a lease; null where it cannot be asked. */
interface Way {
  grant(signed: SignedLease): Promise<LeaseReport | null>;
  renew(signed: SignedLease): Promise<LeaseReport | null>;
  revert(leaseId: string): Promise<LeaseReport | null>;
  report(leaseId: string): Promise<LeaseReport | null>;
}

/** Everything that can hold a fault, as one: who takes which is decided here. */
export function createFaultTargets(context: {
  keys: Keys;
  sandboxUrl: string | null;
  nodes: Pick<Nodes, "list" | "driver">;
  /** The links to the nodes, which come after what needs them. */
  links: () => NodeFaults;
  supervision: Pick<Supervision, "fault"> | null;
  own: FaultHolder;
  providers: Providers;
  hasSupplier: boolean;
}): FaultTargets {
  const { keys, nodes, links, supervision, own, providers } = context;
  const sandbox = sandboxTarget({ url: context.sandboxUrl, keys });
  const wayTo = (target: string): Way => {
    if (target === "console") return ownWay(own);
    if (target === "supervisor") return supervisorWay(supervision);
    return nodeWay(links(), target);
  };
  const order = async (target: string, what: "grant" | "renew", lease: FaultLease): Promise<LeaseReport> => {
    if (target === sandboxTargetName) return reached(sandbox[what](lease));
    return answered(target, await wayTo(target)[what](signLease(keys, target, lease)));
  };
  return {
    async place(fault) {
      if (!isSandboxFault(fault))
        return placeFault(fault, {
          nodes: nodes.list(),
          linked: new Set(links().linked()),
          isSupervised: (id) => supervision !== null && nodes.driver?.owns(id) === true,
          methods: listProviders(providers).map(({ method }) => method),
          hasSupplier: context.hasSupplier,
        });
      const refused = await sandbox.refusal(fault);
      return refused ? { refused } : [{ target: sandboxTargetName, fault }];
    },
    grant: (target, lease) => order(target, "grant", lease),
    renew: (target, lease) => order(target, "renew", lease),
    async revert(target, leaseId) {
      if (target === sandboxTargetName) return reached(sandbox.revert(leaseId));
      return answered(target, await wayTo(target).revert(leaseId));
    },
    async probe(target, leaseId) {
      if (target === sandboxTargetName) return reached(sandbox.probe(leaseId));
      return answered(target, await wayTo(target).report(leaseId));
    },
  };
}

const ownWay = (own: FaultHolder): Way => ({
  grant: async (signed) => own.grant(signed),
  renew: async (signed) => own.renew(signed),
  revert: (leaseId) => own.revert(leaseId),
  report: async (leaseId) => own.report(leaseId),
});

function supervisorWay(supervision: Pick<Supervision, "fault"> | null): Way {
  const ask: Supervision["fault"] = (about) => {
    if (!supervision) throw new TargetUnreachable("there is no supervisor here");
    return supervision.fault(about);
  };
  return {
    grant: async (signed) => ask({ what: "grant", signed }),
    renew: async (signed) => ask({ what: "renew", signed }),
    revert: async (lease) => ask({ what: "revert", lease }),
    report: async (lease) => ask({ what: "report", lease }),
  };
}

const nodeWay = (links: NodeFaults, node: string): Way => ({
  grant: (signed) => links.grant(node, signed),
  renew: (signed) => links.renew(node, signed),
  revert: (leaseId) => links.revert(node, leaseId),
  report: (leaseId) => links.report(node, leaseId),
});

function answered(target: string, report: LeaseReport | null): LeaseReport {
  if (report) return report;
  throw new TargetUnreachable(`${target} is not linked or did not answer`);
}

async function reached<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof OutboundError) throw new TargetUnreachable(error.message, { cause: error });
    throw error;
  }
}
