/**
 * How long a statement takes for a batch of some size, learned from those that ran, and from that how much may be under
 * way so that whoever is let in is answered in time. By Little's law, what is under way is throughput times time.
 */

/** A statement takes `fixedMs` and `perItemMs` for each item; `uncertainty` is the estimate's covariance. */
export interface BatchModel {
  readonly fixedMs: number;
  readonly perItemMs: number;
  readonly uncertainty: readonly [fixed: number, both: number, perItem: number];
}

export const firstGuess: BatchModel = { fixedMs: 3, perItemMs: 0.1, uncertainty: [100, 0, 0.25] };

/** Measured times scatter by about half around what a model can say. */
const scatter = 0.5;
/** So much of itself the truth may move from one statement to the next. */
const drift = 0.08;

/**
 * The model after one more statement: a Kalman filter for a line that drifts. A single outlier moves it little, since
 * what surprises is taken for at most three times what was expected; a database that stays slow is believed in a second.
 */
export function observe(model: BatchModel, items: number, tookMs: number): BatchModel {
  const expectedMs = Math.max(0.5, model.fixedMs + model.perItemMs * items);
  const [p00, p01, p11] = model.uncertainty;
  // What changes from one second to the next is mostly the fixed part: a disk that is slow, a lock that is held.
  const a = p00 + (drift * expectedMs) ** 2;
  const b = p01;
  const c = p11 + (drift * expectedMs) ** 2 / (8 * Math.max(1, items) ** 2);
  const noise = (scatter * expectedMs) ** 2 + 1;
  const spread = a + 2 * b * items + c * items * items + noise;
  const gainFixed = (a + b * items) / spread;
  const gainPerItem = (b + c * items) / spread;
  const surprise = Math.min(2 * expectedMs + 5, tookMs - expectedMs);
  return {
    fixedMs: Math.max(0, model.fixedMs + gainFixed * surprise),
    perItemMs: Math.max(0, model.perItemMs + gainPerItem * surprise),
    uncertainty: [
      a - gainFixed * (a + b * items),
      b - gainFixed * (b + c * items),
      c - gainPerItem * (b + c * items),
    ],
  };
}

export interface BatchBounds {
  /** What is let in shall be answered within this time. */
  targetMs: number;
  maxBatch: number;
  maxInFlight: number;
}

export interface BatchLimits {
  /** The largest batch that the statement of this number may carry. */
  batchOf(number: number): number;
  /** How many may be under way: in statements, or waiting for one. */
  underWay: number;
}

/**
 * Where a large fixed part keeps batches small, their sizes alternate around what is wanted: from batches of one size
 * nobody learns whether larger ones would take longer.
 */
const sway = 0.4;

/** Below this, batching gains nothing, and a wrong guess could not be unlearned. */
const leastBatch = 8;

/**
 * What may be under way. A statement gets half of the target, the other half is for waiting; but always twice its
 * fixed part, since smaller batches would only halve the throughput of a database that is slow whatever it is given.
 */
export function limitsOf(model: BatchModel, bounds: BatchBounds): BatchLimits {
  const { targetMs, maxBatch, maxInFlight } = bounds;
  const { fixedMs, perItemMs } = model;
  const statementMs = Math.max(targetMs / 2, 2 * fixedMs);
  const fitting = (statementMs - fixedMs) / Math.max(1e-6, perItemMs);
  const batch = Math.floor(Math.min(maxBatch, Math.max(Math.min(leastBatch, maxBatch), fitting)));
  const isUnsure = batch < maxBatch && fixedMs > targetMs / 8;
  const tookMs = Math.max(0.1, fixedMs + perItemMs * batch);
  const batchOf = (number: number) => {
    if (!isUnsure) return batch;
    return Math.min(maxBatch, Math.round(batch * (number % 2 === 0 ? 1 + sway : 1 - sway)));
  };
  return { batchOf, underWay: Math.ceil(maxInFlight * batch * Math.max(1.6, targetMs / tookMs)) };
}
