import type {
  LiveFrame,
  LiveSeries,
  LiveSnapshot,
  NodeSummary,
  StockAlert,
} from "@orderwatch/shared/live/frame.ts";
import type { NodeFrame } from "@orderwatch/shared/live/telemetry.ts";
import type { Sql } from "../platform/db.ts";
import { faultPoint } from "../platform/faultpoint.ts";
import type { Logger } from "../platform/log.ts";
import { Alone } from "./alone.ts";
import type { EventCount, EventSource } from "./business.ts";
import { type Batch, EventCounter } from "./event-counter.ts";
import { composeFrame } from "./frame.ts";
import { History } from "./history.ts";
import { Measures } from "./measures.ts";
import { prune } from "./measures-store.ts";
import { isServing, NodeBoard, type SupervisedNode } from "./node-board.ts";
import { Ring } from "./ring.ts";
import { LatencySketch } from "./sketch.ts";
import { addAll, channelsOf, type Tally, tallyOfEvents, tallyOfNode } from "./tally.ts";

/** What was counted by the end of a second; what became visible late is in the second that saw it. */
export interface CountedSecond {
  /** Since 1970 UTC. */
  second: number;
  tally: ReadonlyMap<string, number>;
  latency: Pick<LatencySketch, "count" | "countAbove">;
}

export interface HubOptions {
  /** Random for each start of a console. */
  epoch: string;
  sql: Sql;
  log: Logger;
  /** Counts the order events; handed in, since live knows no domain. */
  events: EventSource;
  /** What is about to run out; asked every 10 s. */
  stock: () => Promise<StockAlert[]>;
  targets: LiveSnapshot["targets"];
  /** How long a frame waits for its counts before it goes out without them, in ms; they ride in a later one. */
  countWithinMs?: number;
}

/** How long after the full second to tick, so that the nodes' frames of that second are there. */
export const tickOffsetMs = 150;

const stockEveryS = 10;
const flushEveryS = 5;
const pruneEveryS = 60;
const channelWindowS = 300;

const secondOf = (now: Date) => Math.floor(now.getTime() / 1_000);

/**
 * The live picture of the shop: each `tick` turns what nodes reported and what became visible in the event rows into
 * one frame. Knows no socket and no timer: whoever drives it calls `tick` once a second, after `start`.
 */
export class Hub {
  readonly epoch: string;
  readonly #options: HubOptions;
  readonly #board = new NodeBoard();
  readonly #ring = new Ring();
  readonly #counter: EventCounter;
  readonly #measures: Measures;
  readonly #history: History;
  /** What the next frame will say; the ring takes it in with that frame, so that a snapshot never runs ahead. */
  #events: EventCount[] = [];
  #measured: Tally = new Map();
  #sketch = new LatencySketch();
  #seq = -1;
  #second = 0;
  #frame: LiveFrame | null = null;
  #stock: StockAlert[] = [];
  #snapshot: { seq: number; made: Promise<LiveSnapshot> } | undefined;
  readonly #onFrame = new Set<(frame: LiveFrame) => void>();
  readonly #onStock = new Set<(stock: StockAlert[]) => void>();
  readonly #onSecond = new Set<(counted: CountedSecond) => void>();
  readonly #onNodeLost = new Set<(id: string) => void>();
  readonly #alone: Alone;

  constructor(options: HubOptions) {
    this.epoch = options.epoch;
    this.#alone = new Alone(options.log);
    this.#options = options;
    this.#counter = new EventCounter(options.sql, options.events);
    this.#measures = new Measures(options.sql, this.#ring);
    this.#history = new History(options.sql, this.#ring);
  }

  /** Loads the last hour; frames continue exactly where it ends. */
  async start(now: Date): Promise<void> {
    this.#second = secondOf(now);
    this.#ring.advance(this.#second);
    for (const row of await this.#counter.load(this.#ring.oldest))
      this.#ring.add(row.second, tallyOfEvents([row]));
    await this.#measures.load(this.#second);
    await this.#refreshStock();
  }

  /** Waits for what is under way and writes what is not yet written. */
  async stop(now: Date): Promise<void> {
    await this.#alone.settled();
    await this.#alone.run("recording", () => this.#counter.recordAll());
    await this.#alone.run("measures", () => this.#measures.flush(secondOf(now)));
  }

  /** The frame of the second that ends at or just before `now`. */
  async tick(now: Date): Promise<LiveFrame> {
    const second = secondOf(now);
    this.#ring.advance(second);
    await this.#countWithin(this.#options.countWithinMs ?? 500);
    await faultPoint("hub.counted");
    const tally = tallyOfEvents(this.#events);
    addAll(tally, this.#measured);
    for (const event of this.#events) this.#ring.add(event.second, tallyOfEvents([event]));
    this.#measures.ended(second - 1, this.#measured, this.#sketch);
    const latencyMs = this.#sketch.percentiles();
    for (const listener of this.#onSecond) listener({ second, tally, latency: this.#sketch });
    this.#events = [];
    this.#measured = new Map();
    this.#sketch = new LatencySketch();
    this.#seq += 1;
    this.#second = second;
    const frame = composeFrame({
      epoch: this.epoch,
      seq: this.#seq,
      second,
      tally,
      latencyMs,
      channels: this.#channels(),
      nodes: this.nodes(now),
      queue: this.#board.queue(now),
    });
    this.#frame = frame;
    for (const listener of this.#onFrame) listener(frame);
    this.#keepHouse(second, now);
    return frame;
  }

  /** Takes what a node reported into the next frame; a frame that was taken before changes nothing. */
  takeNodeFrame(frame: NodeFrame, now: Date): void {
    const sketch = frame.latency ? LatencySketch.unpack(Buffer.from(frame.latency, "base64")) : undefined;
    if (!this.#board.heard(frame, now)) return;
    addAll(this.#measured, tallyOfNode(frame));
    if (sketch) this.#sketch.merge(sketch);
  }

  nodeLinked(id: string, link: string, now: Date): void {
    this.#board.linked(id, link, now);
  }

  nodeUnlinked(id: string, link: string, now: Date): void {
    const was = this.#board.stateOf(id);
    if (!this.#board.unlinked(id, link, now)) return;
    this.#options.log.warn({ node: id }, "a node's link is gone");
    if (isServing(was)) this.#nodeLost(id);
  }

  /** The list of this machine's supervisor, whenever it changes. */
  superviseNodes(nodes: readonly SupervisedNode[]): void {
    for (const id of this.#board.supervise(nodes)) this.#nodeLost(id);
  }

  #nodeLost(id: string): void {
    for (const listener of this.#onNodeLost) listener(id);
  }

  nodes(now: Date): NodeSummary[] {
    return this.#board.summaries(now);
  }

  onFrame(listener: (frame: LiveFrame) => void): void {
    this.#onFrame.add(listener);
  }

  /** Called with the whole list whenever it has changed. */
  onStock(listener: (stock: StockAlert[]) => void): void {
    this.#onStock.add(listener);
  }

  /** Called within each tick, before its frame goes out. */
  onSecond(listener: (counted: CountedSecond) => void): void {
    this.#onSecond.add(listener);
  }

  /** Called at once, perhaps twice, when a node that served, or stood by, is gone without having said so. */
  onNodeLost(listener: (id: string) => void): void {
    this.#onNodeLost.add(listener);
  }

  /** The seconds that the ring still has, oldest first, by the events' own time. */
  *seconds(): Generator<CountedSecond> {
    for (let second = this.#ring.oldest; second <= this.#second; second++)
      yield {
        second,
        tally: this.#ring.sum(second, second + 1),
        latency: this.#ring.sketch(second, second + 1),
      };
  }

  /** The newest frame's number; -1 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** What a subscriber starts from; made once a frame, however many ask. */
  snapshot(): Promise<LiveSnapshot> {
    if (this.#snapshot?.seq !== this.#seq) {
      this.#snapshot = { seq: this.#seq, made: this.#makeSnapshot() };
    }
    return this.#snapshot.made;
  }

  series(from: Date, to: Date): Promise<LiveSeries> {
    return this.#history.series(from.getTime() / 1_000, to.getTime() / 1_000, this.#second);
  }

  async #makeSnapshot(): Promise<LiveSnapshot> {
    const second = this.#second;
    // Everything from memory is read in one go, so that it is of one frame.
    const now = {
      epoch: this.epoch,
      seq: this.#seq,
      t: new Date(second * 1_000).toISOString(),
      frame: this.#frame,
      recent: this.#history.recent(second),
      hour: this.#history.hour(second),
      channels: this.#channels(),
      stock: this.#stock,
      targets: this.#options.targets,
    };
    return { ...now, lastWeek: await this.#lastWeek(second) };
  }

  /** The one part that needs the database; without it the rest still stands. */
  async #lastWeek(second: number): Promise<LiveSeries> {
    try {
      return await this.#history.lastWeek(second);
    } catch (error) {
      this.#options.log.warn({ err: error }, "a snapshot goes out without last week");
      return { stepS: 60, points: [] };
    }
  }

  #channels(): LiveSnapshot["channels"] {
    return channelsOf(this.#ring.sum(this.#second - channelWindowS, this.#second + channelWindowS));
  }

  async #countWithin(deadlineMs: number): Promise<void> {
    const counting = this.#alone.run("counting", async () => this.#takeBatch(await this.#counter.next()));
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    await Promise.race([counting, deadline]);
    clearTimeout(timer);
  }

  #takeBatch(batch: Batch): void {
    this.#events.push(...batch.rows);
    // What is skipped while an earlier one is being written, the next one makes good.
    void this.#alone.run("recording", async () => {
      await this.#counter.record(batch);
      await faultPoint("hub.recorded");
    });
  }

  #keepHouse(second: number, now: Date): void {
    if (second % flushEveryS === 0) void this.#alone.run("measures", () => this.#measures.flush(second));
    if (second % stockEveryS === 0) void this.#alone.run("stock", () => this.#refreshStock());
    if (second % pruneEveryS === 0) void this.#alone.run("pruning", () => prune(this.#options.sql, now));
  }

  async #refreshStock(): Promise<void> {
    const stock = await this.#options.stock();
    if (JSON.stringify(stock) === JSON.stringify(this.#stock)) return;
    this.#stock = stock;
    for (const listener of this.#onStock) listener(stock);
  }
}
