import type { Acknowledged, NodeClientEvents, NodeServerEvents } from "@orderwatch/shared/live/sockets.ts";
import type { NodeFrame, NodeState } from "@orderwatch/shared/live/telemetry.ts";
import type { LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import { io, type Socket } from "socket.io-client";
import type { CacheCounts } from "../platform/cache.ts";
import type { Clock } from "../platform/clock.ts";
import type { Keys } from "../platform/crypto.ts";
import type { Sql } from "../platform/db.ts";
import { type FaultHolder, ForgedLease } from "../platform/faults/leases.ts";
import type { Logger } from "../platform/log.ts";
import { Alone } from "./alone.ts";
import { CacheMinute } from "./cache-minute.ts";
import { listConsoles } from "./consoles-store.ts";
import { everySecond } from "./driver.ts";
import { proveNode } from "./handshake.ts";
import type { Recorder } from "./recorder.ts";

export interface NodeLinkOptions {
  node: string;
  recorder: Recorder;
  sql: Sql;
  keys: Keys;
  clock: Clock;
  log: Logger;
  state: () => NodeState;
  /** Paid orders due for delivery and the age of the oldest, in ms; asked once a second, never waited for. */
  queue: () => Promise<NodeFrame["queue"]>;
  /** Reads through the node's cache since it began. */
  cache?: () => CacheCounts;
  /** The version of the levers that the node goes by. */
  levers?: () => number;
  /** Drills' faults that consoles grant to this node; without it none can be granted. */
  faults?: FaultHolder;
}

type ConsoleSocket = Socket<NodeServerEvents, NodeClientEvents>;

const refreshEveryTicks = 3;

/**
 * A node's link to every console that is listed: a frame each second, or none where nobody listens. The order path
 * knows nothing of it, and a console that is slow, strange or gone changes nothing here.
 */
export class NodeLink {
  readonly #options: NodeLinkOptions;
  readonly #sockets = new Map<string, ConsoleSocket>();
  readonly #driver: { stop(): Promise<void> };
  #queue: NodeFrame["queue"] = { due: 0, lagMs: 0 };
  /** Ticks since the database last answered: unlike time, they do not pass while this process is paused. */
  #unanswered = 0;
  #ticks = 0;
  readonly #cacheMinute = new CacheMinute();
  #stopped = false;
  readonly #alone: Alone;

  constructor(options: NodeLinkOptions) {
    this.#options = options;
    this.#alone = new Alone(options.log);
    this.#driver = everySecond({
      clock: options.clock,
      offsetMs: 0,
      log: options.log,
      work: async (now) => this.tick(now),
    });
    void this.#alone.run("consoles", () => this.#refresh());
  }

  /** Sends the frame of the second that ends at `now`; called by the link itself once a second. */
  tick(now: Date): void {
    void this.#alone.run("queue", async () => {
      this.#queue = await this.#options.queue();
      this.#unanswered = 0;
    });
    this.#ticks += 1;
    if (this.#ticks % refreshEveryTicks === 0) void this.#alone.run("consoles", () => this.#refresh());
    const frame = this.#options.recorder.take(now, {
      state: this.#options.state(),
      queue: this.#queue,
      cache: this.#options.cache && this.#cacheMinute.take(this.#options.cache()),
      levers: this.#options.levers?.(),
      databaseSilentS: this.#unanswered,
    });
    this.#unanswered += 1;
    for (const socket of this.#sockets.values()) socket.volatile.emit("frame", frame);
  }

  /** Ends every link; consoles see the node as gone at once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#driver.stop();
    for (const socket of this.#sockets.values()) socket.disconnect();
    this.#sockets.clear();
  }

  async #refresh(): Promise<void> {
    const listed = new Set(await listConsoles(this.#options.sql));
    if (this.#stopped) return;
    for (const url of listed) if (!this.#sockets.has(url)) this.#sockets.set(url, this.#connect(url));
    for (const [url, socket] of this.#sockets) {
      if (listed.has(url) || socket.connected) continue;
      socket.disconnect();
      this.#sockets.delete(url);
    }
  }

  #connect(url: string): ConsoleSocket {
    const { node, keys, clock, log } = this.#options;
    const socket: ConsoleSocket = io(`${url}/nodes`, {
      transports: ["websocket"],
      forceNew: true,
      reconnectionDelay: 200,
      reconnectionDelayMax: 2_000,
      auth: (show) => show(proveNode(keys, node, clock.now())),
    });
    socket.on("connect", () => log.info({ console: url }, "linked to a console"));
    socket.on("disconnect", (reason) => {
      log.info({ console: url, reason }, "the link to a console is gone");
      // A console that sends us away may be about to restart; the client would otherwise stay away for good.
      if (reason === "io server disconnect" && !this.#stopped) this.#sockets.delete(url);
    });
    socket.on("connect_error", (error) => {
      log.debug({ console: url, err: error }, "no link to a console");
      // Refused by the namespace: socket.io does not try again by itself, the next refresh does.
      if (!socket.active) this.#sockets.delete(url);
    });
    const { faults } = this.#options;
    if (faults) obeyConsole(socket, faults);
    return socket;
  }
}

/** Whatever a console asks for is answered; a lease that is not signed for this node is refused. */
function obeyConsole(socket: ConsoleSocket, faults: FaultHolder): void {
  type Acknowledge = (answer: Acknowledged<LeaseReport>) => void;
  const answer = async (acknowledge: Acknowledge, work: () => LeaseReport | Promise<LeaseReport>) => {
    try {
      acknowledge({ ok: true, value: await work() });
    } catch (error) {
      const code = error instanceof ForgedLease ? "lease.forged" : "server.failed";
      acknowledge({ ok: false, code, detail: error instanceof Error ? error.message : String(error) });
    }
  };
  socket.on("fault.grant", (signed, acknowledge) => void answer(acknowledge, () => faults.grant(signed)));
  socket.on("fault.renew", (signed, acknowledge) => void answer(acknowledge, () => faults.renew(signed)));
  socket.on(
    "fault.revert",
    (leaseId, acknowledge) => void answer(acknowledge, () => faults.revert(String(leaseId))),
  );
  socket.on(
    "fault.report",
    (leaseId, acknowledge) => void answer(acknowledge, () => faults.report(String(leaseId))),
  );
}
