/** At most one shop node is told to accept at a time, and another takes its place only when it is gone or relieved. */
import type { ChildRole, NodeCommand, NodeReport, NodeState } from "../../platform/supervision-messages.ts";

/** All times are milliseconds of one monotonic clock. */
export const limits = {
  /** No sign of life for this long: the node hangs and is killed. */
  silenceMs: 3_000,
  startMs: 60_000,
  promoteMs: 5_000,
  drainMs: 15_000,
  /** Leaves the last of the ten seconds of a stop to PostgreSQL. */
  stopMs: 9_000,
  /** A node that ran this long starts again without delay to count up from. */
  stableMs: 60_000,
  backoffMs: 250,
  backoffMaxMs: 15_000,
  /** Starts that may fail in a row before the very first success; then trying on is pointless. */
  firstStarts: 5,
  /** A longer pause between two ticks was the supervisor's own (a suspended machine), not the nodes'. */
  ownPauseMs: 1_500,
} as const;

/** `promoting` was told to go; `stopping` was told to end; `killed` was killed and not yet reaped. */
type Phase = "starting" | "standby" | "promoting" | "active" | "draining" | "stopping" | "killed" | "dead";

const shownAs = {
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
  startedAt: number;
  heardAt: number;
  /** When the present phase has lasted too long. */
  deadline: number | null;
  /** Ends in a row without a stable minute in between. */
  crashes: number;
  restartAt: number | null;
  /** Was ready at least once since the supervisor started. */
  proven: boolean;
  /** An active node that is to be relieved: to become a standby, or to be started anew. */
  leaving: "drain" | "restart" | null;
};

export type Pool = {
  readonly nodes: readonly Readonly<PoolNode>[];
  readonly stopping: boolean;
  /** Every node has been ready: the system is up. */
  readonly complete: boolean;
  readonly tickedAt: number;
};

export type PoolEvent =
  | { type: "begin"; now: number }
  | { type: "tick"; now: number }
  | { type: "stop"; now: number }
  | { type: "spawned"; node: string; pid: number; now: number }
  | { type: "heartbeat" | "ready" | "accepting" | "drained" | "exited"; node: string; now: number }
  | { type: NodeCommand; node: string; now: number };

export type PoolEffect =
  | { type: "spawn" | "go" | "drain" | "stop" | "kill"; node: string }
  | { type: "complete" }
  | { type: "giveUp"; node: string };

export type PoolStep = { pool: Pool; effects: readonly PoolEffect[]; refusal: string | null };

export function createPool(nodes: readonly { name: string; role: ChildRole }[]): Pool {
  return {
    nodes: nodes.map(({ name, role }) => ({
      name,
      role,
      phase: "dead",
      pid: null,
      startedAt: 0,
      heardAt: 0,
      deadline: null,
      crashes: 0,
      restartAt: null,
      proven: false,
      leaving: null,
    })),
    stopping: false,
    complete: false,
    tickedAt: 0,
  };
}

export function reportPool(pool: Pool): NodeReport[] {
  return pool.nodes.map(({ name, role, pid, phase }) => ({ name, role, pid, state: shownAs[phase] }));
}

/** Whether a stop is over: no process is left. */
export function hasEnded(pool: Pool): boolean {
  return pool.stopping && pool.nodes.every((node) => node.phase === "dead");
}

const isAlive = (node: PoolNode) => node.phase !== "dead" && node.phase !== "killed";
const isShopIn = (phase: Phase) => (node: PoolNode) => node.role === "shop" && node.phase === phase;

/** One step in the making: a copy of the pool that the event changes, and what is to be done about it. */
class Draft {
  readonly nodes: PoolNode[];
  readonly effects: PoolEffect[] = [];
  readonly now: number;
  stopping: boolean;
  complete: boolean;

  constructor(pool: Pool, now: number) {
    this.nodes = pool.nodes.map((node) => ({ ...node }));
    this.stopping = pool.stopping;
    this.complete = pool.complete;
    this.now = now;
  }

  enter(node: PoolNode, phase: Phase, withinMs: number | null): void {
    node.phase = phase;
    node.deadline = withinMs === null ? null : this.now + withinMs;
  }

  spawn(node: PoolNode): void {
    this.enter(node, "starting", limits.startMs);
    Object.assign(node, { startedAt: this.now, heardAt: this.now, restartAt: null, leaving: null });
    this.effects.push({ type: "spawn", node: node.name });
  }

  go(node: PoolNode): void {
    this.enter(node, "promoting", limits.promoteMs);
    this.effects.push({ type: "go", node: node.name });
  }

  end(node: PoolNode): void {
    this.enter(node, "stopping", limits.stopMs);
    // One that was still loading could not be heard yet.
    node.heardAt = this.now;
    this.effects.push({ type: "stop", node: node.name });
  }

  kill(node: PoolNode): void {
    this.enter(node, "killed", null);
    this.effects.push({ type: "kill", node: node.name });
  }

  /** Chooses who accepts: nobody is told to go while another one is, or while one is being killed. */
  settle(): void {
    if (this.stopping || this.nodes.some(isShopIn("promoting")) || this.nodes.some(isShopIn("killed")))
      return;
    const active = this.nodes.find(isShopIn("active"));
    const standby = this.nodes.find(isShopIn("standby"));
    if (standby && (!active || active.leaving)) this.go(standby);
  }
}

function whenReady(draft: Draft, node: PoolNode): void {
  if (node.phase !== "starting") return;
  draft.enter(node, node.role === "shop" ? "standby" : "active", null);
  node.proven = true;
  if (!draft.complete && draft.nodes.every((each) => each.proven)) {
    draft.complete = true;
    draft.effects.push({ type: "complete" });
  }
}

/** The old node is relieved only now, when the new one accepts: in between both do, never neither. */
function whenAccepting(draft: Draft, node: PoolNode): void {
  if (node.phase !== "promoting") return;
  for (const relieved of draft.nodes.filter(isShopIn("active"))) {
    if (relieved.leaving === "restart") {
      draft.end(relieved);
    } else {
      draft.enter(relieved, "draining", limits.drainMs);
      draft.effects.push({ type: "drain", node: relieved.name });
    }
  }
  draft.enter(node, "active", null);
}

function whenExited(draft: Draft, node: PoolNode): void {
  const wasAsked = node.phase === "stopping";
  draft.enter(node, "dead", null);
  node.pid = null;
  if (draft.stopping) return;
  if (wasAsked) {
    draft.spawn(node);
    return;
  }
  node.leaving = null;
  node.crashes = draft.now - node.startedAt >= limits.stableMs ? 1 : node.crashes + 1;
  node.restartAt = draft.now + Math.min(limits.backoffMs * 2 ** (node.crashes - 1), limits.backoffMaxMs);
  if (!draft.complete && !node.proven && node.crashes >= limits.firstStarts) {
    draft.effects.push({ type: "giveUp", node: node.name });
  }
}

function whenTicked(draft: Draft, tickedAt: number): void {
  const pausedMs = draft.now - tickedAt;
  for (const node of draft.nodes) {
    if (pausedMs > limits.ownPauseMs) {
      node.heardAt += pausedMs;
      if (node.deadline !== null) node.deadline += pausedMs;
    }
    // Loading its modules may keep a starting node silent; its deadline watches over it.
    const isSilent = node.phase !== "starting" && draft.now - node.heardAt > limits.silenceMs;
    const isLate = node.deadline !== null && draft.now > node.deadline;
    if (isAlive(node) && (isSilent || isLate)) draft.kill(node);
    else if (node.restartAt !== null && draft.now >= node.restartAt && !draft.stopping) draft.spawn(node);
  }
}

function whenStopped(draft: Draft): void {
  draft.stopping = true;
  for (const node of draft.nodes) {
    node.restartAt = null;
    if (isAlive(node) && node.phase !== "stopping") draft.end(node);
  }
}

/** Carries out a command, or says why not. */
function whenCommanded(draft: Draft, command: NodeCommand, node: PoolNode): string | null {
  if (draft.stopping) return "everything is being stopped";
  if (node.role !== "shop" && command !== "restart") return `${node.name} is not a shop node`;
  const otherPromoting = draft.nodes.some((each) => each !== node && isShopIn("promoting")(each));
  const hasRelief = draft.nodes.some((each) => each !== node && isShopIn("standby")(each));
  const isServing = node.role === "shop" && node.phase === "active";
  switch (command) {
    case "promote":
      if (node.phase === "active" || node.phase === "promoting") return null;
      if (node.phase !== "standby") return `${node.name} is ${shownAs[node.phase]}, not a standby`;
      if (otherPromoting) return "another switch is under way";
      draft.go(node);
      return null;
    case "drain":
      if (node.phase === "standby" || node.phase === "draining") return null;
      if (!isServing) return `${node.name} is ${shownAs[node.phase]}, not active`;
      if (!hasRelief && !otherPromoting) return "no standby is ready to take over";
      node.leaving = "drain";
      return null;
    case "restart":
      if (node.phase === "promoting") return "a switch to this node is under way";
      if (node.phase === "dead") draft.spawn(node);
      else if (isServing && (hasRelief || otherPromoting)) node.leaving = "restart";
      else if (isAlive(node) && node.phase !== "stopping") draft.end(node);
      return null;
  }
}

function apply(draft: Draft, event: PoolEvent, pool: Pool): string | null {
  if (event.type === "begin") for (const node of draft.nodes) draft.spawn(node);
  if (event.type === "tick") whenTicked(draft, pool.tickedAt);
  if (event.type === "stop") whenStopped(draft);
  if (!("node" in event)) return null;
  const node = draft.nodes.find((each) => each.name === event.node);
  if (!node) return `there is no node ${event.node}`;
  switch (event.type) {
    case "spawned":
      node.pid = event.pid;
      return null;
    case "heartbeat":
      node.heardAt = event.now;
      return null;
    case "ready":
      whenReady(draft, node);
      return null;
    case "accepting":
      whenAccepting(draft, node);
      return null;
    case "drained":
      if (node.phase === "draining") {
        draft.enter(node, "standby", null);
        node.leaving = null;
      }
      return null;
    case "exited":
      whenExited(draft, node);
      return null;
    default:
      return whenCommanded(draft, event.type, node);
  }
}

/** What an event makes of the pool, and what has to be done; pure. `refusal` answers a command that cannot be. */
export function step(pool: Pool, event: PoolEvent): PoolStep {
  const draft = new Draft(pool, event.now);
  const refusal = apply(draft, event, pool);
  draft.settle();
  const { nodes, stopping, complete, effects } = draft;
  const tickedAt = event.type === "tick" || event.type === "begin" ? event.now : pool.tickedAt;
  return { pool: { nodes, stopping, complete, tickedAt }, effects, refusal };
}
