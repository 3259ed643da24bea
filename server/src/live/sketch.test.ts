import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LatencySketch } from "./sketch.ts";

const sketchOf = (values: readonly number[]) => {
  const sketch = new LatencySketch();
  for (const value of values) sketch.record(value);
  return sketch;
};

/** The exact value at DDSketch's own rank, so that only the bin's width may differ. */
const exact = (values: readonly number[], quantile: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(quantile * (values.length - 1))] ?? Number.NaN;

const latencies = fc.array(fc.double({ min: 0.01, max: 60_000, noNaN: true }), {
  minLength: 1,
  maxLength: 300,
});

describe("a latency sketch", () => {
  it("answers percentiles within 1 % of the exact ones, on either side of a millisecond", () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const found = sketchOf(values).percentiles();
        for (const [name, quantile] of [
          ["p50", 0.5],
          ["p95", 0.95],
          ["p99", 0.99],
        ] as const) {
          const want = exact(values, quantile);
          expect(Math.abs((found?.[name] ?? 0) - want)).toBeLessThanOrEqual(want * 0.0101 + 0.0051);
        }
      }),
    );
  });

  it("of a union is the merge of its parts, whatever their order and however often they were packed", () => {
    fc.assert(
      fc.property(latencies, latencies, latencies, (a, b, c) => {
        const whole = sketchOf([...a, ...b, ...c]);
        const merged = new LatencySketch();
        for (const part of [c, a, b]) merged.merge(LatencySketch.unpack(sketchOf(part).pack()));
        expect(merged.count).toBe(whole.count);
        expect(merged.percentiles()).toEqual(whole.percentiles());
        expect(merged.pack()).toEqual(whole.pack());
      }),
    );
  });

  it("keeps every count where a range ends at the bin that the library forgets", () => {
    const low = sketchOf([0.001, 0.001]);
    const edge = sketchOf([0.000_5, 0.001, 0.001]);
    low.merge(edge);
    expect(low.count).toBe(5);
    expect(LatencySketch.unpack(low.pack()).count).toBe(5);
  });

  it("has no percentiles when nothing was recorded", () => {
    expect(new LatencySketch().percentiles()).toBeNull();
    expect(LatencySketch.unpack(new LatencySketch().pack()).percentiles()).toBeNull();
  });

  it("takes nonsense as the least or the greatest latency instead of failing a request", () => {
    const sketch = sketchOf([Number.NaN, -5, Number.POSITIVE_INFINITY]);
    expect(sketch.count).toBe(3);
    expect(LatencySketch.unpack(sketch.pack()).count).toBe(3);
  });

  it("refuses bytes that it did not pack", () => {
    for (const bytes of [[], [2], [1, 0x80], [1, 5], [1, 0, 1], [1, 5, 0], [1, 0xff, 0xff, 0x7f, 1]])
      expect(() => LatencySketch.unpack(Uint8Array.from(bytes))).toThrow(RangeError);
    expect(() => LatencySketch.unpack(new Uint8Array(64).fill(0xff))).toThrow(RangeError);
  });

  it("stays small on the wire: 3,000 latencies spread over five decades fit in 2 KB", () => {
    const values = Array.from({ length: 3_000 }, (_, index) => 0.1 * 10 ** ((index / 3_000) * 5));
    expect(sketchOf(values).pack().length).toBeLessThan(2_048);
  });
});
