/** A fault goes only where it can be held and ends by itself; what cannot be had is refused before anything is planned. */
import type { NodeSummary } from "@orderwatch/shared/live/frame.ts";
import type { ShopPart } from "@orderwatch/shared/live/telemetry.ts";
import type { BlastRadius, DrillFault, FaultLease } from "@orderwatch/shared/ops/drill-faults.ts";
import type { Drill } from "@orderwatch/shared/ops/drills.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import { rules } from "./domain.ts";
import type { Placement } from "./targets.ts";

/** What there is to be struck now. */
export interface Surroundings {
  nodes: readonly Pick<NodeSummary, "id" | "state" | "parts">[];
  /** Nodes that can be handed a lease from here. */
  linked: ReadonlySet<string>;
  /** Whether a supervisor here owns the node's process. */
  isSupervised: (node: string) => boolean;
  methods: readonly PaymentMethod[];
  hasSupplier: boolean;
}

type NodeFault = Extract<DrillFault, { node: string }>;
type HeldByNodes = Extract<DrillFault, { kind: "payment" | "supplier" | "full_queue" | "sold_out" }>;

const serving = ["active", "standby"];

/** Where such a fault would go, or why it cannot be had. Faults from outside the shop are the sandbox's. */
export function placeFault(
  fault: Exclude<DrillFault, { kind: "surge" | "attack" }>,
  around: Surroundings,
): Placement[] | { refused: Words } {
  if (fault.kind === "stock_check") return [{ target: "console", fault }];
  return "node" in fault ? placeOnNode(fault, around) : placeOnAll(fault, around);
}

function placeOnNode(fault: NodeFault, around: Surroundings): Placement[] | { refused: Words } {
  const node = around.nodes.find(({ id, state, parts }) => {
    if (fault.node === "any") return serving.includes(state) && parts === undefined;
    if (fault.node === "active" || fault.node === "standby")
      return state === fault.node && parts === undefined;
    return id === fault.node && serving.includes(state);
  })?.id;
  if (node === undefined)
    return refused(`没有符合的节点（${fault.node}）`, `There is no such node now: ${fault.node}`);
  const isProcess = fault.kind === "kill" || fault.kind === "freeze" || fault.kind === "restart";
  if (isProcess && !around.isSupervised(node))
    return refused("节点不由本机的监督进程管理", "No supervisor here owns that node's process");
  if (!isProcess && !around.linked.has(node))
    return refused("节点与本控制台没有连接", "That node has no link to this console");
  return [{ target: isProcess ? "supervisor" : node, fault: { ...fault, node } }];
}

/** The part of the shop in which a fault is met. */
const partOf = {
  payment: "payments",
  supplier: "fulfilment",
  full_queue: "orders",
  sold_out: "orders",
} as const satisfies Record<HeldByNodes["kind"], ShopPart>;

function placeOnAll(fault: HeldByNodes, around: Surroundings): Placement[] | { refused: Words } {
  if (fault.kind === "payment" && !around.methods.includes(fault.channel))
    return refused("店铺没有启用这种支付方式", "This shop does not take that payment method");
  if (fault.kind === "supplier" && !around.hasSupplier)
    return refused("店铺没有供应商", "This shop has no supplier");
  // Those that take orders open payments, also where payments are another process's part.
  const needed: ShopPart[] = fault.kind === "payment" ? ["payments", "orders"] : [partOf[fault.kind]];
  const able = around.nodes.filter(
    ({ state, parts }) => serving.includes(state) && (!parts || needed.some((part) => parts.includes(part))),
  );
  const nodes = able.toSorted((a, b) => serving.indexOf(a.state) - serving.indexOf(b.state));
  if (nodes.length === 0) return refused("没有在运行的节点", "No node runs that could suffer it");
  if (!nodes.every(({ id }) => around.linked.has(id)))
    return refused(
      "有节点与本控制台没有连接",
      "A node that would have to suffer it has no link to this console",
    );
  const isProbed = fault.kind === "payment" || fault.kind === "supplier";
  return [...nodes.map(({ id }) => id), ...(isProbed ? ["console"] : [])].map((target) => ({
    target,
    fault,
  }));
}

interface Placed extends Placement {
  lease: string;
}

const reachesOrders = ({ target, fault }: Placement) =>
  target !== "console" && ["payment", "supplier", "full_queue", "sold_out", "attack"].includes(fault.kind);

/**
 * The share of a run's radius that one of its leases may use. Targets cannot know of each other, so that what all of them
 * may touch adds up to the radius; the first leases get what does not divide.
 */
export function shareOf(radius: BlastRadius, placed: readonly Placed[], lease: string): BlastRadius {
  const sharing = placed.filter(reachesOrders).toSorted((a, b) => (a.lease < b.lease ? -1 : 1));
  const index = sharing.findIndex((each) => each.lease === lease);
  if (index < 0) return radius;
  const cut = (whole: number) =>
    Math.floor(whole / sharing.length) + (index < whole % sharing.length ? 1 : 0);
  return { ...radius, orders: cut(radius.orders), buyers: cut(radius.buyers) };
}

/** What a target is handed: good for a few seconds, and never beyond the fault's own end. */
export function leaseFor(
  run: { id: string; document: Pick<Drill, "radius">; faultUntil: Date | null },
  placed: readonly Placed[],
  lease: string,
  now: Date,
): FaultLease {
  const own = placed.find((each) => each.lease === lease);
  if (!own) throw new Error(`lease ${lease} is not one of the run's`);
  const until = Math.min(
    now.getTime() + rules.leaseMs,
    run.faultUntil?.getTime() ?? Number.POSITIVE_INFINITY,
  );
  return {
    ...{ id: lease, run: run.id, fault: own.fault, radius: shareOf(run.document.radius, placed, lease) },
    expiresAt: new Date(Math.max(until, now.getTime() + 1_000)).toISOString(),
  };
}

const refused = (chinese: string, english: string) => ({ refused: { "zh-CN": chinese, en: english } });
