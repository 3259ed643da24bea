import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideScale, type LoadSample, restingScale, type ScaleBounds, scaleRules } from "./domain.ts";

const bounds: ScaleBounds = { max: 4, nodeQps: 100 };

/** Feeds one sample a second; what is decided is done at once. */
function run(samples: readonly (LoadSample | null)[], from = 1, within = bounds) {
  let state = restingScale;
  let active = from;
  const changes: { second: number; to: number; reason: string }[] = [];
  samples.forEach((sample, second) => {
    const step = decideScale(state, { active, sample, atMs: second * 1_000 }, within);
    state = step.state;
    if (!step.change) return;
    active = step.change.to;
    changes.push({ second, ...step.change });
  });
  return { active, changes };
}

const qps = (value: number): LoadSample => ({ qps: value, eventLoop: 0 });
const seconds = (count: number, sample: LoadSample | null) => Array.from({ length: count }, () => sample);

describe("scaling", () => {
  it("starts as many nodes as the requests need, once three seconds in a row say so", () => {
    expect(run(seconds(3, qps(250)))).toEqual({
      active: 3,
      changes: [{ second: 2, to: 3, reason: "qps" }],
    });
    expect(run([...seconds(2, qps(250)), qps(90), ...seconds(2, qps(250))]).changes).toEqual([]);
  });

  it("starts more when event loops are busy, however few the requests", () => {
    expect(run(seconds(3, { qps: 20, eventLoop: 0.9 })).changes).toEqual([
      { second: 2, to: 2, reason: "event_loop" },
    ]);
  });

  it("sends one away at a time, each after a quiet while", () => {
    const { changes } = run(seconds(120, qps(10)), 3);
    expect(changes).toEqual([
      { second: scaleRules.samplesDown - 1, to: 2, reason: "quiet" },
      { second: scaleRules.samplesDown - 1 + scaleRules.restDownMs / 1_000, to: 1, reason: "quiet" },
    ]);
  });

  it("keeps what there is while a node does not report", () => {
    expect(run([...seconds(2, qps(250)), null, ...seconds(2, qps(250))]).changes).toEqual([]);
    expect(run(seconds(100, null), 3).changes).toEqual([]);
  });

  it("never leaves its bounds, whatever is measured", () => {
    const sample = fc.option(
      fc.record({
        qps: fc.double({ min: 0, max: 1e6, noNaN: true }),
        eventLoop: fc.double({ min: 0, max: 64, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (samples, max) => {
        for (const { to } of run(samples, 1, { max, nodeQps: 100 }).changes) {
          expect(to).toBeGreaterThanOrEqual(1);
          expect(to).toBeLessThanOrEqual(max);
        }
      }),
    );
  });

  it("never flaps: at any level of load, under any noise of 15 %, it moves in one direction only", () => {
    // In stretches, so that it also stays at one end for as long as a decision takes.
    const stretch = fc.tuple(fc.constantFrom(0.85, 1, 1.15), fc.integer({ min: 1, max: 60 }));
    const noise = fc
      .array(stretch, { minLength: 8, maxLength: 20 })
      .map((all) => all.flatMap(([factor, length]) => Array.from({ length }, () => factor)));
    // Doubles of fast-check are mostly tiny; these are spread evenly.
    const level = fc.integer({ min: 0, max: 1_000 }).map((hundredths) => hundredths / 100);
    fc.assert(
      fc.property(
        ...[level, fc.integer({ min: 1, max: 6 }), noise, fc.boolean()],
        (level: number, from: number, factors: number[], byLoop: boolean) => {
          const samples = factors.map((factor) =>
            byLoop
              ? { qps: 0, eventLoop: level * factor * scaleRules.loopTarget }
              : { qps: level * factor * 100, eventLoop: 0 },
          );
          const { changes } = run(samples, from, { max: 6, nodeQps: 100 });
          const steps = [from, ...changes.map(({ to }) => to)];
          const ups = steps.filter((to, n) => n > 0 && to > (steps[n - 1] ?? to)).length;
          expect(ups === 0 || ups === changes.length).toBe(true);
        },
      ),
    );
  });

  it("follows a ramp up and down to what it needs", () => {
    const up = Array.from({ length: 60 }, (_, second) => qps(10 + second * 6));
    const peak = seconds(30, qps(370));
    const down = Array.from({ length: 60 }, (_, second) => qps(370 - second * 6));
    const { active, changes } = run([...up, ...peak, ...down, ...seconds(200, qps(10))]);
    expect(active).toBe(1);
    expect(Math.max(...changes.map(({ to }) => to))).toBe(4);
    const firstDown = changes.findIndex(({ reason }) => reason === "quiet");
    expect(changes.slice(firstDown).every(({ reason }) => reason === "quiet")).toBe(true);
  });
});
