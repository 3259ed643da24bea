/**
 * At most one shop node is told to accept at a time; another takes a node's place only when that one is gone or
 * relieved, and one is relieved only when as many as wanted accept without it.
 */
import type { NodeCommand } from "../../platform/supervision-messages.ts";
import { Draft } from "./pool-draft.ts";
import {
  isAlive,
  isShopIn,
  limits,
  type Pool,
  type PoolEffect,
  type PoolEvent,
  type PoolNode,
  shownAs,
  type Vitals,
} from "./pool-model.ts";

export type PoolStep = { pool: Pool; effects: readonly PoolEffect[]; refusal: string | null };

function whenReady(draft: Draft, node: PoolNode): void {
  if (node.phase !== "starting") return;
  draft.enter(node, node.role === "shop" ? "standby" : "active", null);
  node.proven = true;
  node.readyAt = draft.now;
  if (!draft.complete && draft.nodes.every((each) => each.proven || each.phase === "off")) {
    draft.complete = true;
    draft.effects.push({ type: "complete" });
  }
}

function whenAccepting(draft: Draft, node: PoolNode): void {
  if (node.phase !== "promoting") return;
  draft.enter(node, "active", null);
  node.acceptedAt = draft.now;
  node.leaving = null;
}

/** Whoever accepted needs relief at once; of others it is soon enough to hear when they were reaped. */
function whenOver(draft: Draft, node: PoolNode): void {
  if (isShopIn("active")(node)) draft.enter(node, "killed", null);
}

function whenExited(draft: Draft, node: PoolNode): void {
  const wasAsked = node.phase === "stopping";
  const { retiring } = node;
  draft.enter(node, retiring ? "off" : "dead", null);
  Object.assign(node, { pid: null, leaving: null, retiring: false });
  if (draft.stopping || retiring) return;
  if (wasAsked) {
    draft.spawn(node);
    return;
  }
  // A start that takes long and fails is no time that it worked.
  const wasStable = node.readyAt !== null && draft.now - node.readyAt >= limits.stableMs;
  node.crashes = wasStable ? 1 : node.crashes + 1;
  node.restartAt = draft.now + Math.min(limits.backoffMs * 2 ** (node.crashes - 1), limits.backoffMaxMs);
  if (!draft.complete && !node.proven && node.crashes >= limits.firstStarts) {
    draft.effects.push({ type: "giveUp", node: node.name });
  }
}

/** Time in which the node could not run counts neither as its silence nor towards its deadline. */
function passTime(node: PoolNode, passedMs: number, vitals: Vitals | undefined): void {
  const isOwnPause = passedMs > limits.ownPauseMs;
  const waitedMs = vitals?.waitedMs ?? 0;
  // The kernel books a wait when it ends, so that one tick may tell of more than its own length.
  node.silentMs = isOwnPause ? node.silentMs : Math.max(0, node.silentMs + passedMs - waitedMs);
  node.busyMs += isOwnPause ? 0 : (vitals?.ranMs ?? 0);
  if (isOwnPause) node.heardAt += passedMs;
  if (node.deadline !== null) node.deadline += isOwnPause ? passedMs : Math.min(passedMs, waitedMs);
}

function hangs(node: PoolNode, now: number, vitals: Vitals | undefined): boolean {
  // Loading its modules may keep a starting node silent; its deadline watches over it.
  if (node.phase === "starting") return false;
  const longest = vitals?.isStopped ? limits.stoppedMs : limits.silenceMs;
  return node.silentMs > longest || node.busyMs > limits.busyMs || now - node.heardAt > limits.starvedMs;
}

/** Whether another shop node accepts in this one's place, or can. */
function hasRelief(draft: Draft, node: PoolNode): boolean {
  const canAccept = ["active", "promoting", "standby"] as const;
  return draft.nodes.some((other) => other !== node && canAccept.some((phase) => isShopIn(phase)(other)));
}

/** Whether another shop node is about to be able to: whoever has to go waits for it. */
const isReliefComing = (draft: Draft, node: PoolNode): boolean =>
  draft.nodes.some((other) => other !== node && isShopIn("starting")(other));

function startsNow(draft: Draft, node: PoolNode): boolean {
  if (node.restartAt === null || draft.stopping) return false;
  const isRelieved = node.role === "shop" && hasRelief(draft, node);
  return draft.now >= node.restartAt + (isRelieved ? limits.relievedMs : 0);
}

function whenTicked(draft: Draft, tickedAt: number, vitals: ReadonlyMap<string, Vitals>): void {
  for (const node of draft.nodes) {
    const seen = vitals.get(node.name);
    passTime(node, draft.now - tickedAt, seen);
    const isLate = node.deadline !== null && draft.now > node.deadline;
    if (isAlive(node) && (hangs(node, draft.now, seen) || isLate)) draft.kill(node);
    else if (node.phase === "killed" && isLate) node.deadline = null;
    else if (startsNow(draft, node)) draft.spawn(node);
  }
}

function whenStopped(draft: Draft): void {
  draft.stopping = true;
  for (const node of draft.nodes) {
    node.restartAt = null;
    if (isAlive(node) && node.phase !== "stopping") draft.end(node);
  }
}

function whenScaled(draft: Draft, active: number): string | null {
  const { always, most } = draft.bounds;
  if (draft.stopping) return "everything is being stopped";
  if (most <= always) return "this machine does not scale";
  if (active < 1 || active >= most) return `from 1 to ${most - 1} nodes may be active here`;
  draft.wanted = active;
  return null;
}

/** Carries out a command, or says why not. */
function whenCommanded(draft: Draft, command: NodeCommand, node: PoolNode): string | null {
  if (draft.stopping) return "everything is being stopped";
  if (node.role !== "shop" && command !== "restart") return `${node.name} is not a shop node`;
  const others = draft.nodes.filter((each) => each !== node);
  const otherPromoting = others.some(isShopIn("promoting"));
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
      if (!hasRelief(draft, node)) return "no standby is ready to take over";
      node.leaving = "drain";
      return null;
    case "restart":
      if (node.phase === "promoting") return "a switch to this node is under way";
      if (node.phase === "dead") draft.spawn(node);
      else if (isServing && (hasRelief(draft, node) || isReliefComing(draft, node))) node.leaving = "restart";
      else if (isAlive(node) && node.phase !== "stopping") draft.end(node);
      return null;
  }
}

/** Started anew as by a command. One that was told to go is not needed yet: whoever it was to relieve goes on. */
function whenLeaving(draft: Draft, node: PoolNode): string | null {
  if (node.phase !== "promoting" || draft.stopping) return whenCommanded(draft, "restart", node);
  draft.end(node);
  return null;
}

function applyTo(draft: Draft, node: PoolNode, event: Extract<PoolEvent, { node: string }>): string | null {
  switch (event.type) {
    case "spawned":
      node.pid = event.pid;
      return null;
    case "heartbeat":
      draft.hear(node);
      return null;
    case "ready":
      draft.hear(node);
      whenReady(draft, node);
      return null;
    case "accepting":
      draft.hear(node);
      whenAccepting(draft, node);
      return null;
    case "drained":
      if (node.phase === "draining") {
        draft.enter(node, "standby", null);
        node.leaving = null;
      }
      return null;
    case "leave":
      return whenLeaving(draft, node);
    case "over":
      whenOver(draft, node);
      return null;
    case "exited":
      whenExited(draft, node);
      return null;
    default:
      return whenCommanded(draft, event.type, node);
  }
}

function apply(draft: Draft, event: PoolEvent, pool: Pool): string | null {
  switch (event.type) {
    case "begin":
      for (const node of draft.nodes) if (node.phase === "dead") draft.spawn(node);
      return null;
    case "tick":
      whenTicked(draft, pool.tickedAt, event.vitals ?? new Map());
      return null;
    case "stop":
      whenStopped(draft);
      return null;
    case "scale":
      return whenScaled(draft, event.active);
    default: {
      const node = draft.nodes.find((each) => each.name === event.node && each.phase !== "off");
      return node ? applyTo(draft, node, event) : `there is no node ${event.node}`;
    }
  }
}

/** What an event makes of the pool, and what has to be done; pure. `refusal` answers a command that cannot be. */
export function step(pool: Pool, event: PoolEvent): PoolStep {
  const draft = new Draft(pool, event.now);
  const refusal = apply(draft, event, pool);
  draft.settle();
  const { nodes, bounds, wanted, stopping, complete, effects } = draft;
  const tickedAt = event.type === "tick" || event.type === "begin" ? event.now : pool.tickedAt;
  return { pool: { nodes, bounds, wanted, stopping, complete, tickedAt }, effects, refusal };
}
