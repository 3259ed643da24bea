import { DomainError, remedies } from "@orderwatch/shared/problem.ts";

/**
 * Natural batching: what arrives while statements are in flight rides in the next one. Under light load a batch is one
 * item and adds no wait; under heavy load one commit serves many.
 */
export interface Batcher<I, O> {
  /** Resolves with this item's result. Rejects with server.busy when too many wait already. */
  submit(item: I): Promise<O>;
  /** Resolves when nothing waits and nothing is in flight. */
  idle(): Promise<void>;
}

interface Waiting<I, O> {
  item: I;
  resolve: (result: O) => void;
  reject: (error: unknown) => void;
}

/**
 * `run` answers one result per item, in order. When it throws an error that `isItemFault` calls the fault of some item,
 * the batch is halved until only the guilty items fail.
 */
export function createBatcher<I, O>(options: {
  run: (items: I[]) => Promise<O[]>;
  isItemFault: (error: unknown) => boolean;
  maxBatch?: number;
  maxInFlight?: number;
  maxWaiting?: number;
}): Batcher<I, O> {
  const { maxBatch = 128, maxInFlight = 2, maxWaiting = 10_000 } = options;
  const waiting: Waiting<I, O>[] = [];
  let inFlight = 0;
  let idlers: (() => void)[] = [];

  const settle = async (batch: Waiting<I, O>[]): Promise<void> => {
    try {
      const results = await options.run(batch.map((entry) => entry.item));
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

  const pump = (): void => {
    while (inFlight < maxInFlight && waiting.length > 0) {
      inFlight++;
      void settle(waiting.splice(0, maxBatch)).then(() => {
        inFlight--;
        pump();
      });
    }
    if (inFlight === 0 && waiting.length === 0) {
      for (const wake of idlers) wake();
      idlers = [];
    }
  };

  return {
    submit(item) {
      if (waiting.length >= maxWaiting) return Promise.reject(busy());
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        pump();
      });
    },
    idle: () =>
      inFlight === 0 && waiting.length === 0 ? Promise.resolve() : new Promise((wake) => idlers.push(wake)),
  };
}

function busy(): DomainError {
  const until = new Date(Date.now() + 2_000).toISOString();
  return new DomainError("server.busy", "Too many requests wait already", {
    remedies: remedies("server.busy", { wait_until: { until } }),
  });
}
