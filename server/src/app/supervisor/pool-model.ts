import type { ChildRole, NodeCommand, NodeReport, NodeState } from "../../platform/supervision-messages.ts";

/** All times are milliseconds of one monotonic clock. */
export const limits = {
  /** Silent for this long although it could have run: the node hangs and is killed. */
  silenceMs: 3_000,
  /** So much processor time without a word: it loops, however little of a busy machine it gets. */
  busyMs: 2_000,
  /** A process stopped by a signal will not speak again by itself. */
  stoppedMs: 1_000,
  /** Starved or not, longer than this nobody waits for a word. */
  starvedMs: 30_000,
  startMs: 60_000,
  promoteMs: 5_000,
  drainMs: 15_000,
  /** Leaves the last of the ten seconds of a stop to PostgreSQL. */
  stopMs: 9_000,
  /** The kernel may hold a killed process back; its standby does not wait for that. */
  reapMs: 1_000,
  /** A node that was ready for this long starts again without delay to count up from. */
  stableMs: 10_000,
  backoffMs: 250,
  /**
   * Starts so much later when another takes its place: that one has the processors for itself meanwhile, of which a start
   * needs as much as hundreds of orders.
   */
  relievedMs: 750,
  backoffMaxMs: 15_000,
  /** Starts that may fail in a row before the very first success; then trying on is pointless. */
  firstStarts: 5,
  /** A longer pause between two ticks was the supervisor's own (a suspended machine), not the nodes'. */
  ownPauseMs: 1_500,
} as const;

/**
 * `promoting` was told to go; `stopping` was told to end; `killed` was killed, by us or by others, and not yet reaped; `off`
 * is a place that scaling may fill.
 */
export type Phase =
  | "off"
  | "starting"
  | "standby"
  | "promoting"
  | "active"
  | "draining"
  | "stopping"
  | "killed"
  | "dead";

export const shownAs = {
  off: "dead",
  starting: "starting",
  standby: "standby",
  promoting: "standby",
  active: "active",
  draining: "draining",
  stopping: "draining",
  killed: "dead",
  dead: "dead",
} as const satisfies Record<Phase, NodeState>;

export type PoolNode = {
  readonly name: string;
  readonly role: ChildRole;
  phase: Phase;
  pid: number | null;
  /** Since when it is ready; null while it starts. */
  readyAt: number | null;
  heardAt: number;
  /** Time since it was heard in which it ran or could have run. */
  silentMs: number;
  /** Processor time since it was heard. */
  busyMs: number;
  /** Since when it accepts. */
  acceptedAt: number;
  /** When the present phase has lasted too long. */
  deadline: number | null;
  /** Ends in a row without a stable minute in between. */
  crashes: number;
  restartAt: number | null;
  /** Was ready at least once since the supervisor started. */
  proven: boolean;
  /** An active node that is to be relieved: to become a standby, or to be started anew. */
  leaving: "drain" | "restart" | null;
  /** Was told to end because fewer nodes are wanted. */
  retiring: boolean;
};

/** How many shop nodes there are: so many always, at most so many. */
export type PoolBounds = { readonly always: number; readonly most: number };

export type Pool = {
  readonly nodes: readonly Readonly<PoolNode>[];
  readonly bounds: PoolBounds;
  /** How many shop nodes are to accept; beside them at least one more waits. */
  readonly wanted: number;
  readonly stopping: boolean;
  /** Every node has been ready: the system is up. */
  readonly complete: boolean;
  readonly tickedAt: number;
};

/** What a process did since the tick before. */
export type Vitals = {
  /** Ran, in ms of processor time. */
  ranMs: number;
  /** Was ready to run and had to wait for a processor. */
  waitedMs: number;
  /** A signal has stopped it. */
  isStopped: boolean;
};

export type PoolEvent =
  | { type: "begin"; now: number }
  | { type: "tick"; now: number; vitals?: ReadonlyMap<string, Vitals> }
  | { type: "stop"; now: number }
  | { type: "spawned"; node: string; pid: number; now: number }
  | {
      type: "heartbeat" | "ready" | "accepting" | "drained" | "leave" | "over" | "exited";
      node: string;
      now: number;
    }
  | { type: NodeCommand; node: string; now: number }
  | { type: "scale"; active: number; now: number };

export type PoolEffect =
  | { type: "spawn" | "go" | "drain" | "stop" | "kill"; node: string }
  | { type: "complete" }
  | { type: "giveUp"; node: string };

/** A pool of these nodes; of the shop's, `always` run from the start (all of them unless told otherwise). */
export function createPool(
  nodes: readonly { name: string; role: ChildRole }[],
  bounds: PoolBounds = boundsOf(nodes),
): Pool {
  let shops = 0;
  return {
    nodes: nodes.map(({ name, role }) => ({
      name,
      role,
      phase: role === "shop" && ++shops > bounds.always ? "off" : "dead",
      pid: null,
      readyAt: null,
      heardAt: 0,
      silentMs: 0,
      busyMs: 0,
      acceptedAt: 0,
      deadline: null,
      crashes: 0,
      restartAt: null,
      proven: false,
      leaving: null,
      retiring: false,
    })),
    bounds,
    wanted: 1,
    stopping: false,
    complete: false,
    tickedAt: 0,
  };
}

function boundsOf(nodes: readonly { role: ChildRole }[]): PoolBounds {
  const shops = nodes.filter((node) => node.role === "shop").length;
  return { always: shops, most: shops };
}

export function reportPool(pool: Pool): NodeReport[] {
  return pool.nodes
    .filter((node) => node.phase !== "off")
    .map(({ name, role, pid, phase }) => ({ name, role, pid, state: shownAs[phase] }));
}

/** Whether a stop is over: no process is left. */
export function hasEnded(pool: Pool): boolean {
  return pool.stopping && pool.nodes.every((node) => node.phase === "dead" || node.phase === "off");
}

export const isAlive = (node: PoolNode) =>
  node.phase !== "dead" && node.phase !== "killed" && node.phase !== "off";

export const isShopIn = (phase: Phase) => (node: PoolNode) => node.role === "shop" && node.phase === phase;
