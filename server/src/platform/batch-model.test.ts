import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quantile } from "../../bench/figures.ts";
import { type BatchBounds, type BatchModel, firstGuess, limitsOf, observe } from "./batch-model.ts";

const bounds: BatchBounds = { targetMs: 140, maxBatch: 128, maxInFlight: 2 };

/** A database whose statements take `fixedMs` and `perItemMs` for each item, give or take a fifth. */
interface Database {
  fixedMs: number;
  perItemMs: number;
}

/** A generator of numbers from 0 to 1 that gives the same ones each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Arrivals at `rate` a second for `seconds`, through batches as the batcher makes them, in simulated time. */
function simulate(database: Database, rate: number, seconds: number, seed = 1) {
  const random = seeded(seed);
  const waiting: number[] = [];
  const inFlight: { doneAt: number; tookMs: number; arrived: number[] }[] = [];
  const times: number[] = [];
  let model: BatchModel = firstGuess;
  let refused = 0;
  let statements = 0;
  let arrival = 0;
  const end = seconds * 1_000;
  const start = (now: number) => {
    while (inFlight.length < bounds.maxInFlight && waiting.length > 0) {
      const arrived = waiting.splice(0, limitsOf(model, bounds).batchOf(statements++));
      const tookMs = (database.fixedMs + database.perItemMs * arrived.length) * (0.8 + 0.4 * random());
      inFlight.push({ doneAt: now + tookMs, tookMs, arrived });
      inFlight.sort((a, b) => a.doneAt - b.doneAt);
    }
  };
  while (arrival < end) {
    const next = inFlight[0];
    if (next && next.doneAt <= arrival) {
      inFlight.shift();
      model = observe(model, next.arrived.length, next.tookMs);
      // The first second is for learning; what is served in it still counts as served.
      for (const at of next.arrived) times.push(next.doneAt - at);
      start(next.doneAt);
      continue;
    }
    const underWay = waiting.length + inFlight.reduce((sum, { arrived }) => sum + arrived.length, 0);
    if (underWay < limitsOf(model, bounds).underWay) waiting.push(arrival);
    else refused += 1;
    start(arrival);
    arrival += (-Math.log(1 - random()) * 1_000) / rate;
  }
  return { perSecond: times.length / seconds, p99Ms: quantile(times, 0.99), refused, model };
}

/** Most orders a second that the database can do, with full batches. */
const capacityOf = ({ fixedMs, perItemMs }: Database) =>
  (bounds.maxInFlight * bounds.maxBatch * 1_000) / (fixedMs + perItemMs * bounds.maxBatch);

const databases: [string, Database][] = [
  ["that is as fast as on one machine", { fixedMs: 2, perItemMs: 0.08 }],
  ["that works a long time on each order", { fixedMs: 2, perItemMs: 1.5 }],
  ["that is some way off", { fixedMs: 40, perItemMs: 0.3 }],
];

describe("at twice the capacity of a database", () => {
  it.each(databases)(
    "%s, it is used to nine tenths, and who is let in is answered in 200 ms",
    (_, database) => {
      const capacity = capacityOf(database);
      const { perSecond, p99Ms, refused } = simulate(database, 2 * capacity, 10);
      expect(perSecond / capacity).toBeGreaterThan(0.9);
      expect(p99Ms).toBeLessThan(200);
      expect(refused).toBeGreaterThan(0);
    },
  );

  it("whose every statement is slow, batches stay large, since smaller ones would be as slow", () => {
    const database = { fixedMs: 300, perItemMs: 0.1 };
    const { perSecond } = simulate(database, 2 * capacityOf(database), 30);
    expect(perSecond / capacityOf(database)).toBeGreaterThan(0.8);
  });
});

describe("below capacity", () => {
  it.each(databases)("of a database %s nobody is refused", (_, database) => {
    for (const share of [0.05, 0.3, 0.7])
      expect(simulate(database, share * capacityOf(database), 10, 7).refused).toBe(0);
  });

  it("a few slow statements do not shut the door", () => {
    let model = firstGuess;
    for (let n = 0; n < 200; n++) model = observe(model, 2, n % 50 === 0 ? 400 : 3);
    expect(limitsOf(model, bounds).underWay).toBeGreaterThan(500);
  });
});

describe("the limits", () => {
  const model = fc.record({
    fixedMs: fc.double({ min: 0, max: 5_000, noNaN: true }),
    perItemMs: fc.double({ min: 0, max: 100, noNaN: true }),
    uncertainty: fc.constant<[number, number, number]>([1, 0, 0.01]),
  });

  it("are bounded, whatever was observed: neither no one is let in, nor everyone", () => {
    const statements = fc.array(
      fc.record({
        items: fc.integer({ min: 1, max: 128 }),
        tookMs: fc.double({ min: 0, max: 20_000, noNaN: true }),
      }),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(statements, (ran) => {
        const learned = ran.reduce((known, { items, tookMs }) => observe(known, items, tookMs), firstGuess);
        const { batchOf, underWay } = limitsOf(learned, bounds);
        for (const batch of [batchOf(0), batchOf(1)]) {
          expect(batch).toBeGreaterThanOrEqual(4);
          expect(batch).toBeLessThanOrEqual(bounds.maxBatch);
        }
        expect(underWay).toBeGreaterThanOrEqual(bounds.maxInFlight * 8);
        expect(underWay).toBeLessThan(1e6);
      }),
    );
  });

  it("let no more in when the database gets slower", () => {
    fc.assert(
      fc.property(model, fc.double({ min: 1, max: 10, noNaN: true }), (known, factor) => {
        const slower = { ...known, perItemMs: known.perItemMs * factor };
        expect(limitsOf(slower, bounds).underWay).toBeLessThanOrEqual(limitsOf(known, bounds).underWay + 1);
      }),
    );
  });
});
