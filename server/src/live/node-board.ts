import type { NodeSummary } from "@orderwatch/shared/live/frame.ts";
import type { NodeFrame, NodeState, ShopPart } from "@orderwatch/shared/live/telemetry.ts";

/** A node as the supervisor of this machine knows it. */
export interface SupervisedNode {
  id: string;
  pid: number | null;
  state: NodeState;
  /** What it does, where that is not everything. */
  parts?: ShopPart[];
}

interface Entry {
  /** Links by the id of their socket: a restarted node links before its old link is known to be gone. */
  links: Set<string>;
  frame: NodeFrame | undefined;
  /** Requests per second over the newest frame's own span. */
  qps: number;
  heardAt: number;
  /** By how many ms its newest frames were ahead of this clock; newest last. */
  aheadMs: number[];
}

/** A frame may be late, a clock that is wrong is so in every frame: the middle one of these tells. */
const skewFrames = 5;
/** Below this, in seconds, a difference says nothing: frames take their time. */
const leastSkewS = 1;

/** From this silence on, in seconds, a node is stale: its figures are no longer shown. */
export const staleAfterS = 3;
/** How long a node that no supervisor speaks for is shown as dead, in seconds. */
const forgottenAfterS = 300;

const rank: Record<NodeState, number> = { active: 0, draining: 1, starting: 2, dead: 3, standby: 4 };

/** Whether a node in this state takes requests, or is ready to at once. */
export const isServing = (state: NodeState | undefined): boolean => state === "active" || state === "standby";

/**
 * Who is there: links say who lives, frames what they do, and the supervisor's list, where there is one, which state
 * each was given. A lost link is death at once, whatever the list still says of that process.
 */
export class NodeBoard {
  readonly #entries = new Map<string, Entry>();
  #supervised: readonly SupervisedNode[] = [];

  linked(id: string, link: string, now: Date): void {
    this.#entry(id, now).links.add(link);
  }

  /** True when the node has no other link, so that it counts as dead from now on. */
  unlinked(id: string, link: string, now: Date): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    entry.links.delete(link);
    entry.heardAt = now.getTime();
    return entry.links.size === 0;
  }

  /** What a node was doing when it was last heard of; undefined when it is not known. */
  stateOf(id: string): NodeState | undefined {
    const supervised = this.#supervised.find((node) => node.id === id)?.state;
    const said = this.#entries.get(id)?.frame?.state;
    return said === "draining" ? said : (supervised ?? said);
  }

  /** False when the frame is one that was taken before; it must not be counted again. */
  heard(frame: NodeFrame, now: Date): boolean {
    const entry = this.#entry(frame.node.id, now);
    const last = entry.frame;
    const isSameRun = last?.node.startedAt === frame.node.startedAt && last.node.pid === frame.node.pid;
    if (last && isSameRun && frame.seq <= last.seq) return false;
    // The last words of a process that was replaced: they count, but the card shows its successor.
    if (last && Date.parse(frame.node.startedAt) < Date.parse(last.node.startedAt)) return true;
    entry.aheadMs = [...(isSameRun ? entry.aheadMs : []), Date.parse(frame.at) - now.getTime()].slice(
      -skewFrames,
    );
    const spanMs = last && isSameRun ? Date.parse(frame.at) - Date.parse(last.at) : 1_000;
    entry.qps = Math.round((frame.requests / Math.max(1, spanMs / 1_000)) * 10) / 10;
    entry.frame = frame;
    entry.heardAt = now.getTime();
    return true;
  }

  /**
   * The whole list of this machine's supervisor; empty where nodes run without one. Answers the nodes whose process it
   * found gone, though they served or stood by: it may know before their links are known to be lost, and start them again.
   */
  supervise(nodes: readonly SupervisedNode[]): string[] {
    const gone = nodes.filter(
      ({ id, state }) => (state === "dead" || state === "starting") && isServing(this.stateOf(id)),
    );
    const there = new Set(nodes.map(({ id }) => id));
    // Nobody waits for a node that was sent away because fewer are wanted.
    for (const { id } of this.#supervised) if (!there.has(id)) this.#entries.delete(id);
    this.#supervised = nodes;
    return gone.map(({ id }) => id);
  }

  /** All nodes, those that serve first. */
  summaries(now: Date): NodeSummary[] {
    for (const [id, entry] of this.#entries)
      if (entry.links.size === 0 && now.getTime() - entry.heardAt > forgottenAfterS * 1_000)
        this.#entries.delete(id);
    const supervised = new Map(this.#supervised.map((node) => [node.id, node]));
    const ids = new Set([...supervised.keys(), ...this.#entries.keys()]);
    return [...ids]
      .map((id) => this.#summary(id, supervised.get(id), now))
      .sort((a, b) => rank[a.state] - rank[b.state] || (a.id < b.id ? -1 : 1));
  }

  /** The deliveries that are due, as the best informed fresh node counted them: all count the same rows. */
  queue(now: Date): NodeFrame["queue"] {
    const fresh = [...this.#entries.values()].flatMap((entry) =>
      entry.frame && this.#ageS(entry, now) < staleAfterS ? [entry.frame.queue] : [],
    );
    return {
      due: Math.max(0, ...fresh.map((queue) => queue.due)),
      lagMs: Math.max(0, ...fresh.map((queue) => queue.lagMs)),
    };
  }

  #summary(id: string, supervised: SupervisedNode | undefined, now: Date): NodeSummary {
    const entry = this.#entries.get(id);
    const frame = entry?.frame;
    const pid = supervised?.pid ?? frame?.node.pid ?? 0;
    const isLinked = (entry?.links.size ?? 0) > 0;
    const isSameProcess = frame !== undefined && frame.node.pid === pid;
    const lostIt = isSameProcess && !isLinked;
    const state = lostIt ? "dead" : (supervised?.state ?? frame?.state ?? "starting");
    const ageS = entry?.frame ? this.#ageS(entry, now) : 0;
    const isFresh = isLinked && isSameProcess && ageS < staleAfterS;
    const parts = supervised?.parts ?? frame?.node.parts;
    return {
      id,
      pid,
      ...(parts ? { parts } : {}),
      state,
      qps: isFresh ? (entry?.qps ?? 0) : 0,
      eventLoop: isFresh ? frame.eventLoop : 0,
      ...(isFresh && frame.cpu !== undefined ? { cpu: frame.cpu } : {}),
      inFlight: isFresh ? frame.inFlight : 0,
      ageS,
      ...(isFresh && frame.cache ? { cache: frame.cache } : {}),
      ...(isFresh && frame.levers !== undefined ? { levers: frame.levers } : {}),
      ...(isFresh && (frame.databaseSilentS ?? 0) > 1 ? { databaseSilentS: frame.databaseSilentS ?? 0 } : {}),
      ...(isFresh ? skewOf(entry?.aheadMs ?? []) : {}),
    };
  }

  #ageS(entry: Entry, now: Date): number {
    return Math.max(0, Math.floor((now.getTime() - entry.heardAt) / 1_000));
  }

  #entry(id: string, now: Date): Entry {
    const known = this.#entries.get(id);
    if (known) return known;
    const made: Entry = { links: new Set(), frame: undefined, qps: 0, heardAt: now.getTime(), aheadMs: [] };
    this.#entries.set(id, made);
    return made;
  }
}

function skewOf(aheadMs: readonly number[]): { skewS?: number } {
  if (aheadMs.length < skewFrames) return {};
  const middle = aheadMs.toSorted((a, b) => a - b)[Math.floor(skewFrames / 2)] ?? 0;
  const skewS = Math.round(middle / 100) / 10;
  return Math.abs(skewS) < leastSkewS ? {} : { skewS };
}
