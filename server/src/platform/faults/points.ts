import { setTimeout as delay } from "node:timers/promises";
import type { Latency } from "@orderwatch/shared/ops/drill-faults.ts";
import type { Cache } from "../cache.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Triggers } from "../queue.ts";
import { drawTrouble, type FaultOf, isHit } from "./domain.ts";
import type { ActiveFault, Faults } from "./leases.ts";

/**
 * The drill points of what a process stands on. While no fault of its kind is held, passing one is a look at one field,
 * and nothing waits: not even for a promise.
 */

/** What a drill makes fail looks like a connection that broke: worth trying again in a moment. */
export class DrilledFault extends Error {
  override name = "DrilledFault";
  readonly code = "ECONNRESET";
}

/** What whoever comes by suffers: so long a wait, unless the fault ends before, and whether it fails after it. */
export interface Suffering {
  delayMs: number;
  fails: boolean;
  over: AbortSignal;
}

type Troubling = { errorRate?: number | undefined; latencyMs?: Latency | undefined };

/** Draws what one pass suffers of one fault; undefined where that is nothing. */
export function sufferOf(
  fault: { readonly fault: Troubling; readonly over: AbortSignal },
  random: () => number = Math.random,
): Suffering | undefined {
  const { delayMs, fails } = drawTrouble(fault.fault, random);
  return delayMs > 0 || fails ? { delayMs, fails, over: fault.over } : undefined;
}

/** Waits as a fault demands, and no longer than the fault lasts. */
export async function linger({ delayMs, over }: Pick<Suffering, "delayMs" | "over">): Promise<void> {
  if (delayMs <= 0) return;
  try {
    await delay(delayMs, undefined, { signal: over, ref: false });
  } catch (error) {
    // Cut short because the fault is over, which is no failure.
    if (!over.aborted) throw error;
  }
}

/** The first that this pass suffers of the faults of a kind that know no order. */
function passing(faults: Faults, kind: "database" | "cache" | "queue"): Suffering | undefined {
  for (const fault of faults.active(kind)) {
    const suffering = sufferOf(fault);
    if (!suffering) continue;
    fault.pass();
    return suffering;
  }
  return undefined;
}

type Query = (...args: unknown[]) => unknown;

/** Lets every statement of a connection suffer the database's faults; what gives a transaction up always passes. */
export function troubleStatements(client: { query: unknown }, faults: Faults): void {
  const query = (client.query as Query).bind(client) as Query;
  client.query = (...args: unknown[]) => {
    if (faults.held.database === undefined || isApart(args[0])) return query(...args);
    const suffering = passing(faults, "database");
    return suffering ? sufferStatement(query, args, suffering) : query(...args);
  };
}

/** Streams and cursors are given back at once and cannot be held up; a rollback may never be in the way of order. */
function isApart(statement: unknown): boolean {
  if (typeof statement === "object" && statement !== null && "submit" in statement) return true;
  return statement === "rollback";
}

type Callback = (error: unknown, result?: unknown) => void;
const isCallback = (value: unknown): value is Callback => typeof value === "function";

function sufferStatement(query: Query, args: unknown[], suffering: Suffering): unknown {
  const refused = () => new DrilledFault("a drill broke this statement");
  const callback = args.find(isCallback);
  if (!callback)
    return linger(suffering).then(() => {
      if (suffering.fails) throw refused();
      return query(...args);
    });
  void linger(suffering).then(() => {
    if (suffering.fails) callback(refused());
    else query(...args);
  });
  return undefined;
}

/** What a cache is to its readers. */
type Readable = Pick<Cache, "read">;

/** Lets reads suffer the cache's faults. A read that fails goes past the cache to its source, as it does when Redis is away. */
export function troubleReads<C extends Readable>(cache: C, faults: Faults): C {
  const read: Readable["read"] = (key, load, options) => {
    const suffering = faults.held.cache && passing(faults, "cache");
    if (!suffering) return cache.read(key, load, options);
    return linger(suffering).then(() => (suffering.fails ? load() : cache.read(key, load, options)));
  };
  return { ...cache, read };
}

/** Lets triggers suffer the queue's faults: they are lost, or come later. Rows and sweeps have to make up for it. */
export function troubleTriggers(
  triggers: Triggers,
  faults: Faults,
  log: Logger,
  random: () => number = Math.random,
): Triggers {
  return {
    fire(name, delayMs = 0) {
      for (const fault of faults.held.queue === undefined ? [] : faults.active("queue")) {
        const isDropped = isHit(fault.fault.dropRate, random);
        const suffering = sufferOf(fault, random);
        if (!isDropped && !suffering) continue;
        fault.pass();
        if (isDropped || !suffering || suffering.fails) {
          log.debug({ trigger: name }, "a drill lost a trigger");
          return;
        }
        return triggers.fire(name, delayMs + suffering.delayMs);
      }
      triggers.fire(name, delayMs);
    },
    close: () => triggers.close(),
  };
}

/** The clock that a process goes by, wrong by what drills want. */
export function skewClock(clock: Clock, faults: Faults): Clock {
  return {
    now() {
      if (faults.held.clock === undefined) return clock.now();
      const offsetS = faults.active("clock").reduce((sum, { fault }) => sum + fault.offsetS, 0);
      return new Date(clock.now().getTime() + offsetS * 1_000);
    },
  };
}

/** A fault that touches orders, and strikes one now: the first whose radius has it, and what that one then suffers. */
export function strike<K extends "payment" | "supplier">(
  candidates: readonly ActiveFault<K>[],
  subject: Parameters<ActiveFault["touches"]>[0],
): Suffering | undefined {
  for (const fault of candidates) {
    const suffering = sufferOf(fault);
    if (suffering && fault.touches(subject)) return suffering;
  }
  return undefined;
}

/**
 * Lets a probe suffer a fault that strikes everybody; a probe belongs to no order, so that a lesser one spares it. Throws
 * DrilledFault for what fails or takes longer than a probe waits.
 */
export function troubleProbe<T, K extends "payment" | "supplier">(
  faults: Faults,
  { kind, concerns, withinMs }: { kind: K; concerns: (fault: FaultOf<K>) => boolean; withinMs: number },
  ask: () => Promise<T>,
): Promise<T> {
  if (faults.held[kind] === undefined) return ask();
  for (const active of faults.active(kind)) {
    if (active.lease.radius.percent < 100 || !concerns(active.fault)) continue;
    const suffering = sufferOf(active);
    if (!suffering) continue;
    active.pass();
    return linger({ ...suffering, delayMs: Math.min(suffering.delayMs, withinMs) }).then(() => {
      const isLate = suffering.delayMs >= withinMs && !suffering.over.aborted;
      if (suffering.fails || isLate) throw new DrilledFault("the probe was not answered");
      return ask();
    });
  }
  return ask();
}
