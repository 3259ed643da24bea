import type { NodeSummary } from "@orderwatch/shared/live/frame.ts";
import { ScaleDecision, type Scaling } from "@orderwatch/shared/ops/nodes.ts";
import type { Logger } from "../../platform/log.ts";
import type { AuditNote } from "../audit/actions.ts";
import { decideScale, type LoadSample, restingScale, type ScaleBounds } from "./domain.ts";

/** Whoever can start and end nodes: the supervisor of this machine, or something else that is told how many. */
export interface ScaleDriver {
  /** How many nodes are to be active; null while that is not known. */
  active(): number | null;
  /** Whether a node is one of those that this driver starts and ends. */
  owns(id: string): boolean;
  /** Asks for so many active nodes; resolves when it has begun. Throws when that is refused. */
  scale(active: number): Promise<void>;
}

export interface Scaler {
  /** Decides on the second that has just ended; called once a second. Never throws. */
  tick(now: Date): Promise<void>;
  read(): Promise<Scaling>;
}

const targetKind = "scaling";
/** A node without a frame for this long says nothing about the load, in seconds. */
const freshS = 3;

/** Has as many nodes active as the load asks for. Decisions are audit entries, so that every console shows them. */
export function createScaler(context: {
  driver: ScaleDriver | null;
  /** False leaves the number of active nodes alone. */
  isOn: boolean;
  bounds: ScaleBounds;
  nodes: (now: Date) => NodeSummary[];
  record: (note: AuditNote) => Promise<void>;
  /** The newest entries of that kind. */
  recorded: (targetKind: string) => Promise<{ at: string; facts: Record<string, unknown> }[]>;
  log: Logger;
}): Scaler {
  const { driver, isOn, bounds, log } = context;
  let state = restingScale;
  let isAsking = false;

  const tick = async (now: Date): Promise<void> => {
    const active = driver?.active() ?? null;
    if (!isOn || !driver || active === null || isAsking) return;
    const own = context.nodes(now).filter((node) => driver.owns(node.id));
    const sample = sampleOf(own, active);
    const step = decideScale(state, { active, sample, atMs: now.getTime() }, bounds);
    state = step.state;
    if (!step.change || !sample) return;
    const facts = { from: active, ...step.change, ...sample };
    isAsking = true;
    try {
      await driver.scale(step.change.to);
      log.info(facts, "the number of active nodes changes");
      await context.record({ action: "nodes.scaled", target: { kind: targetKind, id: "nodes" }, facts });
    } catch (error) {
      log.error({ err: error, ...facts }, "the number of active nodes could not be changed");
    } finally {
      isAsking = false;
    }
  };

  return {
    tick,
    async read() {
      const recorded = await context.recorded(targetKind);
      return {
        on: isOn && driver !== null,
        active: driver?.active() ?? null,
        ...bounds,
        decisions: recorded.map(({ at, facts }) => ScaleDecision.parse({ at, ...facts })),
      };
    },
  };
}

const takesOrders = ({ parts }: NodeSummary) => parts?.includes("orders") ?? true;

/** All that is active together; null unless it is as many as are to be, each with fresh figures. */
function sampleOf(nodes: readonly NodeSummary[], active: number): LoadSample | null {
  const serving = nodes.filter((node) => node.state === "active" && takesOrders(node));
  if (serving.length !== active || serving.some((node) => node.ageS >= freshS)) return null;
  const sum = (of: (node: NodeSummary) => number) => serving.reduce((total, node) => total + of(node), 0);
  return {
    qps: Math.round(sum((node) => node.qps) * 10) / 10,
    // A loop that waits for a processor seems busy, but another node would only wait beside it.
    eventLoop: Math.round(sum((node) => Math.min(node.eventLoop, node.cpu ?? 1)) * 1_000) / 1_000,
  };
}
