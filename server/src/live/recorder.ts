import { type EventLoopUtilization, performance } from "node:perf_hooks";
import type { CacheShares, NodeFrame, NodeState } from "@orderwatch/shared/live/telemetry.ts";
import type { ProblemCode } from "@orderwatch/shared/problem.ts";
import { type BeaconStep, beaconSteps } from "@orderwatch/shared/shop/beacons.ts";
import { LatencySketch } from "./sketch.ts";

/** What a node says about itself beside its counts. */
export interface NodeFacts {
  state: NodeState;
  queue: { due: number; lagMs: number };
  cache?: CacheShares | undefined;
  levers?: number | undefined;
  databaseSilentS?: number | undefined;
}

const noCallbacks = () => ({ accepted: 0, refused: 0, repeated: 0 });

const noBeacons = () =>
  Object.fromEntries(beaconSteps.map((step) => [step, 0])) as Record<BeaconStep, number>;

/**
 * Counts what has no row, on the order path: every method is a few additions, allocates nothing and never throws.
 * One recorder per process; `take` once a second.
 */
export class Recorder {
  readonly #node: NodeFrame["node"];
  #seq = 0;
  #requests = 0;
  #inFlight = 0;
  #latency = new LatencySketch();
  #refused = new Map<string, number>();
  #buyersRefused = 0;
  #beacons = noBeacons();
  #callbacks = noCallbacks();
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  #cpu = { usage: process.threadCpuUsage(), atMs: performance.now() };

  constructor(node: Omit<NodeFrame["node"], "startedAt"> & { startedAt: Date }) {
    this.#node = { ...node, startedAt: node.startedAt.toISOString() };
  }

  /** A request was taken in; `requestEnded` follows exactly once. */
  requestStarted(): void {
    this.#inFlight += 1;
  }

  requestEnded(): void {
    this.#inFlight -= 1;
    this.#requests += 1;
  }

  /** An attempt to order was answered, whatever the answer, `latencyMs` after its request's head. */
  orderAnswered(latencyMs: number): void {
    this.#latency.record(latencyMs);
  }

  /** An order was refused before it existed. */
  refused(code: ProblemCode): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  /** A real buyer's try to order was among those, and refused by our fault. */
  buyerRefused(): void {
    this.#buyersRefused += 1;
  }

  /** What became of a payment company's callback. */
  callback(fate: "accepted" | "refused" | "repeated"): void {
    this.#callbacks[fate] += 1;
  }

  beacon(step: BeaconStep): void {
    this.#beacons[step] += 1;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** The frame of what happened since the last `take`; counting starts anew. `now` is the end of its second. */
  take(now: Date, facts: NodeFacts): NodeFrame {
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    const frame: NodeFrame = {
      node: this.#node,
      seq: this.#seq,
      at: now.toISOString(),
      state: facts.state,
      requests: this.#requests,
      latency: this.#latency.count === 0 ? null : Buffer.from(this.#latency.pack()).toString("base64"),
      refused: Object.fromEntries(this.#refused),
      ...(this.#buyersRefused > 0 ? { buyersRefused: this.#buyersRefused } : {}),
      beacons: this.#beacons,
      eventLoop: Math.min(1, Math.max(0, Math.round(utilization * 1_000) / 1_000)),
      cpu: this.#takeCpu(),
      inFlight: this.#inFlight,
      queue: facts.queue,
      ...(facts.cache ? { cache: facts.cache } : {}),
      ...(facts.levers === undefined ? {} : { levers: facts.levers }),
      ...(Object.values(this.#callbacks).some((n) => n > 0) ? { callbacks: this.#callbacks } : {}),
      ...(facts.databaseSilentS ? { databaseSilentS: facts.databaseSilentS } : {}),
    };
    this.#seq += 1;
    this.#requests = 0;
    this.#latency = new LatencySketch();
    this.#refused = new Map();
    this.#buyersRefused = 0;
    this.#beacons = noBeacons();
    this.#callbacks = noCallbacks();
    this.#loop = loop;
    return frame;
  }

  #takeCpu(): number {
    const { user, system } = process.threadCpuUsage(this.#cpu.usage);
    const atMs = performance.now();
    const share = (user + system) / 1_000 / Math.max(1, atMs - this.#cpu.atMs);
    this.#cpu = { usage: process.threadCpuUsage(), atMs };
    return Math.min(1, Math.round(share * 1_000) / 1_000);
  }
}
