import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseWindow, mostPoints, startsOf, steps, widestRangeS } from "./step.ts";

const start = 1_800_000_007;

describe("a chart's window", () => {
  it.each([
    [300, 1, 1],
    [300, 60, 60],
    [301, 1, 15],
    [3_600, 1, 15],
    [3_600, 60, 60],
    [5 * 3_600 - 60, 1, 60],
    [86_400, 60, 300],
    [7 * 86_400, 60, 3_600],
    [90 * 86_400, 60, 86_400],
  ])("of %i s, when %i s is the finest known, has steps of %i s", (range, finest, stepS) => {
    expect(chooseWindow(start, start + range, finest)?.stepS).toBe(stepS);
  });

  it("contains its range, starts and ends on whole steps and has at most 300 points", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2e9 }),
        fc.integer({ min: 1, max: widestRangeS }),
        (from, range) => {
          const window = chooseWindow(from, from + range, 1);
          if (!window) throw new Error("no window");
          expect(window.from).toBeLessThanOrEqual(from);
          expect(window.to).toBeGreaterThanOrEqual(from + range);
          expect(steps).toContain(window.stepS);
          const starts = startsOf(window);
          expect(starts.length).toBeLessThanOrEqual(mostPoints);
          expect(starts.every((second) => second % window.stepS === 0)).toBe(true);
        },
      ),
    );
  });

  it("does not exist for an empty, a reversed or an endless range", () => {
    for (const [from, to] of [
      [5, 5],
      [6, 5],
      [0, widestRangeS * 2],
      [Number.NaN, 5],
    ] as const)
      expect(chooseWindow(from, to, 1)).toBeUndefined();
  });
});
