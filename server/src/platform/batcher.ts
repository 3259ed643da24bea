import { DomainError, remedies } from "@orderwatch/shared/problem.ts";
import { type BatchModel, firstGuess, limitsOf, observe } from "./batch-model.ts";

/**
 * Natural batching: what arrives while statements are in flight rides in the next one. Under light load a batch is one
 * item and adds no wait; under heavy load one commit serves many. Between the two, a second statement is sent beside the
 * first only `gatherMs` later: what each statement costs whatever it carries is then shared by more.
 */
export interface Batcher<I, O> {
  /** Resolves with this item's result. Rejects with server.busy when it could not be served in time. */
  submit(item: I): Promise<O>;
  /** What is under way as a share of what may be; from 1 on, `submit` refuses. */
  load(): number;
  /** Resolves when nothing waits and nothing is in flight. */
  idle(): Promise<void>;
}

interface Waiting<I, O> {
  item: I;
  sinceMs: number;
  resolve: (result: O) => void;
  reject: (error: unknown) => void;
}

/**
 * `run` answers one result per item, in order. When it throws an error that `isItemFault` calls the fault of some item,
 * the batch is halved until only the guilty items fail. How much may be under way follows from how long statements take:
 * what is let in shall be answered within `targetMs`, and what still waits after `patienceMs` is refused unsent.
 */
export function createBatcher<I, O>(options: {
  run: (items: I[]) => Promise<O[]>;
  isItemFault: (error: unknown) => boolean;
  maxBatch?: number;
  maxInFlight?: number;
  maxWaiting?: number;
  gatherMs?: number;
  /** The least time between two statements, even when none is in flight: for what can wait and shall cost little. */
  paceMs?: number;
  targetMs?: number;
  patienceMs?: number;
  /** Time in ms from any start. */
  nowMs?: () => number;
}): Batcher<I, O> {
  const { maxBatch = 128, maxInFlight = 2, maxWaiting = 10_000, targetMs = 140 } = options;
  const { gatherMs = 4, paceMs = 0, patienceMs = 2_000, nowMs = () => performance.now() } = options;
  const waiting: Waiting<I, O>[] = [];
  let inFlight = 0;
  let itemsInFlight = 0;
  /** When each statement that is in flight was sent. */
  const sentMs = new Set<{ at: number }>();
  let statements = 0;
  let idlers: (() => void)[] = [];
  let model: BatchModel = firstGuess;
  let limits = limitsOf(model, { targetMs, maxBatch, maxInFlight });
  let isWatching = false;
  let isGathering = false;
  let lastSentMs = Number.NEGATIVE_INFINITY;

  const settle = async (batch: Waiting<I, O>[]): Promise<void> => {
    const startedMs = nowMs();
    try {
      const results = await options.run(batch.map((entry) => entry.item));
      model = observe(model, batch.length, nowMs() - startedMs);
      limits = limitsOf(model, { targetMs, maxBatch, maxInFlight });
      if (results.length !== batch.length)
        throw new Error(`${results.length} results for ${batch.length} items`);
      batch.forEach((entry, at) => {
        entry.resolve(results[at] as O);
      });
    } catch (error) {
      if (batch.length === 1 || !options.isItemFault(error)) {
        for (const entry of batch) entry.reject(error);
        return;
      }
      const half = batch.length >> 1;
      await settle(batch.slice(0, half));
      await settle(batch.slice(half));
    }
  };

  /** True while the next statement had better wait for company. */
  const gathers = (): boolean => {
    const gapMs = inFlight === 0 ? paceMs : Math.max(gatherMs, paceMs);
    const waitMs = lastSentMs + gapMs - nowMs();
    if (gapMs === 0 || waitMs <= 0 || waiting.length >= maxBatch / 2) return false;
    if (!isGathering) {
      isGathering = true;
      setTimeout(() => {
        isGathering = false;
        pump();
      }, waitMs);
    }
    return true;
  };

  const pump = (): void => {
    while (inFlight < maxInFlight && waiting.length > 0) {
      if (gathers()) break;
      const batch = waiting.splice(0, limits.batchOf(statements++));
      const sent = { at: nowMs() };
      lastSentMs = sent.at;
      sentMs.add(sent);
      inFlight++;
      itemsInFlight += batch.length;
      void settle(batch).then(() => {
        sentMs.delete(sent);
        inFlight--;
        itemsInFlight -= batch.length;
        pump();
      });
    }
    if (inFlight === 0 && waiting.length === 0) {
      for (const wake of idlers) wake();
      idlers = [];
    }
    if (waiting.length === 0 || isWatching) return;
    isWatching = true;
    setTimeout(turnAway, patienceMs);
  };

  /** Only a database that has stopped answering lets anything wait so long. */
  const turnAway = (): void => {
    isWatching = false;
    const before = nowMs() - patienceMs;
    const fresh = waiting.findIndex((entry) => entry.sinceMs > before);
    for (const entry of waiting.splice(0, fresh < 0 ? waiting.length : fresh)) entry.reject(fullQueue());
    pump();
  };

  const load = (): number => {
    const [oldest] = sentMs;
    const isStalled = oldest !== undefined && nowMs() - oldest.at > patienceMs;
    const used = Math.max((waiting.length + itemsInFlight) / limits.underWay, waiting.length / maxWaiting);
    return isStalled ? Math.max(1, used) : used;
  };

  return {
    submit(item) {
      if (load() >= 1) return Promise.reject(fullQueue());
      return new Promise((resolve, reject) => {
        waiting.push({ item, sinceMs: nowMs(), resolve, reject });
        pump();
      });
    },
    load,
    idle: () =>
      inFlight === 0 && waiting.length === 0 ? Promise.resolve() : new Promise((wake) => idlers.push(wake)),
  };
}

/** What is refused because too much waits already. */
export function fullQueue(): DomainError {
  const until = new Date(Date.now() + 2_000).toISOString();
  return new DomainError("server.busy", "Too many requests wait already", {
    remedies: remedies("server.busy", { wait_until: { until } }),
  });
}
