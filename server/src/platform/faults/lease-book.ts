import type { FaultLease, LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import type { Clock } from "../clock.ts";
import { type Activity, untouched } from "./activity.ts";

/** However far away a lease says that its end is, it ends by itself after this long without a renewal. */
const LONGEST_MS = 60_000;
/** Ended leases whose reports are kept. */
const KEPT = 200;

interface Entry {
  state: LeaseReport["state"];
  activity: Activity | undefined;
  /** By the monotonic clock, which nobody sets. */
  endsAtMs: number;
  timer: NodeJS.Timeout | undefined;
  failure?: string;
}

/**
 * The leases that this process holds. Each ends at its time, whatever became of whoever granted it; one that has ended
 * never begins again, not even when its grant arrives after its revert.
 */
export class LeaseBook {
  readonly #clock: Clock;
  readonly #begin: (lease: FaultLease) => Activity;
  readonly #longestMs: number;
  readonly #entries = new Map<string, Entry>();

  /** `begin` throws an Error whose message says why it cannot be done. */
  constructor(clock: Clock, begin: (lease: FaultLease) => Activity, longestMs = LONGEST_MS) {
    this.#clock = clock;
    this.#begin = begin;
    this.#longestMs = longestMs;
  }

  /** Begins what the lease says; repeating it prolongs it. */
  grant(lease: FaultLease): LeaseReport {
    if (!this.#entries.has(lease.id)) {
      const leftMs = this.#leftMs(lease);
      this.#remember(lease.id, leftMs > 0 ? this.#start(lease, leftMs) : ended("expired"));
    }
    return this.renew(lease);
  }

  /** Prolongs one that is active. One that is not known here has ended: begun anew, it would forget its bounds. */
  renew(lease: FaultLease): LeaseReport {
    const entry = this.#entries.get(lease.id);
    const leftMs = this.#leftMs(lease);
    const isActive = this.report(lease.id).state === "active";
    if (entry && isActive && leftMs > 0) this.#prolong(lease.id, entry, leftMs);
    return this.report(lease.id);
  }

  /** Ends it for good; repeating it changes nothing. Resolves when the last request that it made has ended. */
  async revert(id: string): Promise<LeaseReport> {
    const entry = this.#entries.get(id);
    if (!entry) this.#remember(id, ended("reverted"));
    else {
      if (entry.state === "active") entry.state = "reverted";
      clearTimeout(entry.timer);
      await this.#stop(entry);
    }
    return this.report(id);
  }

  /** What nobody knows here has ended, perhaps with the process that held it. */
  report(id: string): LeaseReport {
    const entry = this.#entries.get(id);
    if (!entry) return { id, state: "expired", touched: untouched, detail: "not known here any more" };
    if (entry.state === "active" && performance.now() >= entry.endsAtMs) this.#expire(entry);
    const detail = entry.failure ?? entry.activity?.detail();
    return {
      id,
      state: entry.state,
      touched: entry.activity?.touched() ?? untouched,
      ...(entry.activity?.limited?.() ? { limited: true } : {}),
      ...(entry.state !== "active" && entry.activity?.lingers?.() ? { lingers: true } : {}),
      ...(detail === undefined ? {} : { detail: detail.slice(0, 500) }),
    };
  }

  reports(): LeaseReport[] {
    return [...this.#entries.keys()].map((id) => this.report(id));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((id) => this.revert(id)));
  }

  #leftMs({ expiresAt }: FaultLease): number {
    return Math.min(this.#longestMs, Date.parse(expiresAt) - this.#clock.now().getTime());
  }

  #start(lease: FaultLease, leftMs: number): Entry {
    try {
      const entry: Entry = { state: "active", activity: this.#begin(lease), endsAtMs: 0, timer: undefined };
      this.#prolong(lease.id, entry, leftMs);
      return entry;
    } catch (error) {
      return { ...ended("failed"), failure: error instanceof Error ? error.message : String(error) };
    }
  }

  #prolong(id: string, entry: Entry, leftMs: number): void {
    clearTimeout(entry.timer);
    entry.endsAtMs = performance.now() + leftMs;
    // Reporting is what ends an overdue one; a timer may be a little early, so it looks again.
    entry.timer = setTimeout(() => {
      const restMs = entry.endsAtMs - performance.now();
      if (restMs > 0) this.#prolong(id, entry, restMs);
      else this.report(id);
    }, leftMs);
  }

  #expire(entry: Entry): void {
    entry.state = "expired";
    clearTimeout(entry.timer);
    void this.#stop(entry);
  }

  async #stop(entry: Entry): Promise<void> {
    try {
      await entry.activity?.stop();
    } catch (error) {
      entry.state = "failed";
      entry.failure = error instanceof Error ? error.message : String(error);
    }
  }

  #remember(id: string, entry: Entry): void {
    this.#entries.set(id, entry);
    for (const [oldest, { state }] of this.#entries) {
      if (this.#entries.size <= KEPT) return;
      if (state !== "active") this.#entries.delete(oldest);
    }
  }
}

const ended = (state: "expired" | "reverted" | "failed"): Entry => ({
  ...{ state, activity: undefined, endsAtMs: 0, timer: undefined },
});
