import { createLiveSocket, type LiveSocket } from "../../../lib/socket.ts";
import { type Freshness, freshnessAt, type Observed, sameFreshness } from "./freshness.ts";
import { Stream } from "./stream.ts";

const acknowledgeTimeoutMs = 8_000;
const resubscribeAfterMs = 1_000;
/** Stock, last week and exact percentiles of past steps come with snapshots alone. */
const refreshAfterMs = 60_000;
const refusedAgainAfterMs = 3_000;
/** What the record of the most punctual frame loses with every other frame. */
const forgetDelayMs = 10;

/**
 * The stream of Live, outside React: it is told of at most one change per animation frame, and of none while the page
 * is hidden.
 */
export class LiveFeed {
  readonly stream = new Stream();
  /** Grows with every change of the stream. */
  version = 0;
  freshness: Freshness = { kind: "connecting" };
  /** Called when the server refuses the connection: the session may have ended. */
  onRefused: () => void = () => {};

  readonly #socket: LiveSocket;
  readonly #listeners = new Set<() => void>();
  #observed: Observed = { connected: true, receivedAt: null, lateMs: 0 };
  #leastDelay = Number.POSITIVE_INFINITY;
  #painting = 0;
  #users = 0;
  #tick = 0;
  #retry = 0;
  #subscribedAt = 0;

  constructor(socket: LiveSocket = createLiveSocket()) {
    this.#socket = socket;
    socket.on("connect", () => {
      this.#observe({ connected: true });
      void this.#subscribe();
    });
    socket.on("frame", (frame) => {
      this.#arrived(Date.parse(frame.t));
      if (this.stream.onFrame(frame) === "gap") this.#subscribeSoon();
      this.#changed();
    });
    socket.on("disconnect", () => this.#interrupted());
    socket.on("connect_error", () => this.#interrupted());
  }

  /** Streams until the answer is called; several users share one connection. */
  start(): () => void {
    this.#users += 1;
    if (this.#users === 1) {
      this.#socket.connect();
      this.#tick = window.setInterval(() => this.#look(), 500);
      document.addEventListener("visibilitychange", this.#onVisible);
    }
    return () => {
      this.#users -= 1;
      if (this.#users > 0) return;
      this.#socket.disconnect();
      window.clearInterval(this.#tick);
      window.clearTimeout(this.#retry);
      document.removeEventListener("visibilitychange", this.#onVisible);
    };
  }

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  async #subscribe(): Promise<void> {
    this.stream.awaitSnapshot();
    this.#subscribedAt = performance.now();
    try {
      const snapshot = await this.#socket
        .timeout(acknowledgeTimeoutMs)
        .emitWithAck("subscribe", { topic: "overview" });
      if (snapshot.frame !== null) this.#arrived(Date.parse(snapshot.frame.t));
      if (this.stream.onSnapshot(snapshot) === "gap") this.#subscribeSoon();
      this.#changed();
    } catch {
      // No acknowledgement in time: the badge shows the age meanwhile.
      if (this.#socket.connected) this.#subscribeSoon();
    }
  }

  #subscribeSoon(): void {
    this.stream.awaitSnapshot();
    window.clearTimeout(this.#retry);
    const wait = Math.max(0, this.#subscribedAt + resubscribeAfterMs - performance.now());
    this.#retry = window.setTimeout(() => void this.#subscribe(), wait);
  }

  /** Clocks differ and are set, so lateness is measured against the most punctual of the frames not long ago. */
  #arrived(takenAt: number): void {
    const delay = Date.now() - takenAt;
    this.#leastDelay = Math.min(this.#leastDelay + forgetDelayMs, delay);
    this.#observe({ connected: true, receivedAt: performance.now(), lateMs: delay - this.#leastDelay });
  }

  #interrupted(): void {
    if (this.#users === 0) return;
    this.#observe({ connected: false });
    if (this.#socket.active) return;
    // Refused rather than lost: socket.io does not try again by itself.
    this.onRefused();
    window.clearTimeout(this.#retry);
    this.#retry = window.setTimeout(() => this.#socket.connect(), refusedAgainAfterMs);
  }

  #observe(change: Partial<Observed>): void {
    this.#observed = { ...this.#observed, ...change };
    this.#look();
  }

  #look(): void {
    const now = performance.now();
    const freshness = freshnessAt(this.#observed, now);
    if (!sameFreshness(freshness, this.freshness)) {
      this.freshness = freshness;
      this.#paint();
    }
    const isDue = now - this.#subscribedAt > refreshAfterMs;
    if (isDue && freshness.kind === "live" && !document.hidden) void this.#subscribe();
  }

  #changed(): void {
    this.version += 1;
    this.#paint();
  }

  #paint(): void {
    if (this.#painting !== 0 || document.hidden) return;
    this.#painting = requestAnimationFrame(() => {
      this.#painting = 0;
      for (const listener of this.#listeners) listener();
    });
  }

  readonly #onVisible = (): void => this.#paint();
}
