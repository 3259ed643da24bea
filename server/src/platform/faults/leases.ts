import { setMaxListeners } from "node:events";
import type { FaultLease, LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import type { Clock } from "../clock.ts";
import type { Keys } from "../crypto.ts";
import type { Logger } from "../log.ts";
import type { Activity } from "./activity.ts";
import { type FaultKind, type FaultOf, isIdle, judge, type Subject } from "./domain.ts";
import { LeaseBook } from "./lease-book.ts";
import { isSignedLease, SignedLease } from "./proof.ts";

/** A fault that is in force now. */
export interface ActiveFault<K extends FaultKind = FaultKind> {
  readonly lease: FaultLease;
  readonly fault: FaultOf<K>;
  /** Whether it may touch this order now; an order that it touches is counted, once. */
  touches(subject: Subject): boolean;
  /** Counts something that it touched and that knows no order. */
  pass(): void;
  /** Aborted when the fault is over: nothing that it holds up waits any longer. */
  readonly over: AbortSignal;
}

/** What a fault does for as long as it is in force; the result ends it. Either may throw: then the lease has failed. */
export type FaultEffect<K extends FaultKind> = (fault: ActiveFault<K>) => Effect;
interface Effect {
  end(): void;
  /** Whether what it does is there, by a look at what it was done to. */
  lingers?(): boolean;
}
export type FaultEffects = { readonly [K in FaultKind]?: FaultEffect<K> };

type ActiveFaults = { [K in FaultKind]: readonly ActiveFault<K>[] | undefined };

export interface FaultHolderOptions {
  /** The name that leases for this process are signed for. */
  target: string;
  keys: Keys;
  /** Judges whether a lease is fresh. Never one that a fault skews. */
  clock: Clock;
  log: Logger;
  /** Kinds that are met at points of this process, beside those with an effect. */
  points: readonly FaultKind[];
  effects?: FaultEffects;
}

/** What points ask: `held` at every pass, `active` where something is held. */
export type Faults = Pick<FaultHolder, "held" | "active">;

/** The lease is not signed for this target, or is no lease at all. */
export class ForgedLease extends Error {
  override name = "ForgedLease";
}

/** No lease lasts longer than this without a renewal, in ms, whatever it says. */
const longestMs = 10_000;

/**
 * The faults that this process suffers on purpose. Each is a lease: it is over when it is taken back, and by itself when
 * nobody renews it, by a timer and by a look at the clock at each use.
 */
export class FaultHolder {
  /** By kind; undefined costs whoever passes by a single look. One that is listed may be over: `active` tells. */
  readonly held: ActiveFaults = {
    ...{ kill: undefined, freeze: undefined, restart: undefined },
    ...{ database: undefined, cache: undefined, queue: undefined, clock: undefined },
    ...{ payment: undefined, supplier: undefined, full_queue: undefined, sold_out: undefined },
    ...{ stock_check: undefined, surge: undefined, attack: undefined },
  };
  readonly #options: FaultHolderOptions;
  readonly #book: LeaseBook;
  readonly #inForce = new Set<HeldFault>();

  constructor(options: FaultHolderOptions) {
    this.#options = options;
    this.#book = new LeaseBook(options.clock, (lease) => this.#begin(lease), longestMs);
  }

  /** Begins a fault, once. What cannot be done here is reported as failed. Throws ForgedLease. */
  grant(signed: unknown): LeaseReport {
    return this.#book.grant(this.#verified(signed));
  }

  /** Prolongs a fault that is in force; one that is over stays so. Throws ForgedLease. */
  renew(signed: unknown): LeaseReport {
    return this.#book.renew(this.#verified(signed));
  }

  /** Ends a fault for good; once more changes nothing. */
  revert(leaseId: string): Promise<LeaseReport> {
    return this.#book.revert(leaseId);
  }

  /** One that is not known here is over, perhaps with the process that held it. */
  report(leaseId: string): LeaseReport {
    return this.#book.report(leaseId);
  }

  /** The faults of a kind that are in force at this moment. */
  active<K extends FaultKind>(kind: K): readonly ActiveFault<K>[] {
    // Reporting on one that is overdue ends it.
    for (const { lease } of this.held[kind] ?? []) this.#book.report(lease.id);
    return this.held[kind] ?? [];
  }

  /** Ends every fault. */
  close(): Promise<void> {
    return this.#book.close();
  }

  #verified(signed: unknown): FaultLease {
    const { keys, target, log } = this.#options;
    const parsed = SignedLease.safeParse(signed);
    if (parsed.success && isSignedLease(keys, target, parsed.data)) return parsed.data.lease;
    log.warn({ target }, "a fault was refused: its lease is not signed for this target");
    throw new ForgedLease("the lease is not signed for this target");
  }

  #begin(lease: FaultLease): Activity {
    const { points, effects, log } = this.#options;
    const { kind } = lease.fault;
    if (!points.includes(kind) && !effects?.[kind]) throw new Error(`${kind} is not offered here`);
    const fault = new HeldFault(lease);
    // One that does nothing is never met: exactly as if it were absent.
    const effect = isIdle(lease.fault) ? nothing : startEffect(effects, fault);
    if (!isIdle(lease.fault)) this.#inForce.add(fault);
    this.#list(kind);
    log.warn({ lease: lease.id, run: lease.run, fault: lease.fault }, "a drill's fault begins");
    return {
      touched: () => fault.touched(),
      limited: () => fault.limited,
      detail: () => undefined,
      lingers: () =>
        this.held[kind]?.some((held) => held.lease.id === lease.id) || effect.lingers?.() === true,
      stop: async () => {
        if (fault.over.aborted) return;
        fault.end();
        this.#inForce.delete(fault);
        this.#list(kind);
        log.warn({ lease: lease.id, run: lease.run, touched: fault.touched() }, "a drill's fault is over");
        effect.end();
      },
    };
  }

  #list<K extends FaultKind>(kind: K): void {
    const own = [...this.#inForce].filter((fault) => fault.fault.kind === kind);
    this.held[kind] = own.length > 0 ? (own as readonly ActiveFault[] as ActiveFaults[K]) : undefined;
  }
}

const nothing: Effect = { end: () => undefined };

function startEffect(effects: FaultEffects | undefined, fault: HeldFault): Effect {
  const start = effects?.[fault.fault.kind] as FaultEffect<FaultKind> | undefined;
  return start?.(fault) ?? nothing;
}

class HeldFault implements ActiveFault {
  readonly lease: FaultLease;
  limited = false;
  readonly #over = new AbortController();
  readonly #orders = new Set<string>();
  #buyers = 0;
  #passes = 0;

  constructor(lease: FaultLease) {
    this.lease = lease;
    // As many as come by wait for its end.
    setMaxListeners(0, this.#over.signal);
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  end(): void {
    this.#over.abort();
  }

  get fault(): FaultLease["fault"] {
    return this.lease.fault;
  }

  touches(subject: Subject): boolean {
    if (this.over.aborted) return false;
    const touched = {
      orders: this.#orders.size,
      buyers: this.#buyers,
      has: (order: string) => this.#orders.has(order),
    };
    const verdict = judge(this.lease.radius, this.lease.run, touched, subject);
    if (verdict === "limit") this.limited = true;
    if (verdict !== "touch") return false;
    if (!this.#orders.has(subject.order)) {
      this.#orders.add(subject.order);
      if (subject.origin === null || subject.origin === "buyer") this.#buyers += 1;
    }
    return true;
  }

  pass(): void {
    this.#passes += 1;
  }

  touched(): LeaseReport["touched"] {
    return { orders: this.#orders.size, buyers: this.#buyers, passes: this.#passes };
  }
}
