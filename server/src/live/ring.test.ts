import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ring, ringSeconds } from "./ring.ts";
import { LatencySketch } from "./sketch.ts";

const now = 1_800_000_000;

const ringAt = (second: number) => {
  const ring = new Ring();
  ring.advance(second);
  return ring;
};

const latency = (ms: number) => {
  const sketch = new LatencySketch();
  sketch.record(ms);
  return sketch;
};

describe("the ring", () => {
  it("sums any window exactly, whatever order its seconds arrive in and however far it has moved", () => {
    const arrival = fc.record({
      second: fc.integer({ min: now - ringSeconds, max: now + 8_000 }),
      n: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(
        fc.array(arrival, { maxLength: 80 }),
        fc.nat(3_600),
        fc.nat(3_600),
        (arrivals, back, length) => {
          const ring = ringAt(now);
          const kept: typeof arrivals = [];
          let newest = now;
          for (const { second, n } of arrivals) {
            newest = Math.max(newest, second);
            ring.advance(second);
            ring.add(second, new Map([["placed", n]]));
            if (second >= newest - ringSeconds) kept.push({ second, n });
          }
          const from = newest - back;
          const want = kept
            .filter(({ second }) => second >= from && second < from + length)
            .reduce((sum, { n }) => sum + n, 0);
          expect(ring.sum(from, from + length).get("placed") ?? 0).toBe(want);
        },
      ),
    );
  });

  it("forgets what is older than an hour and ignores what is far ahead", () => {
    const ring = ringAt(now);
    ring.add(now - ringSeconds - 1, new Map([["placed", 1]]));
    ring.add(now + 301, new Map([["placed", 1]]));
    expect(ring.sum(now - 8_000, now + 8_000).size).toBe(0);
    ring.add(now, new Map([["placed", 1]]));
    ring.addSketch(now, latency(10));
    ring.advance(now + 4_096);
    ring.add(now + 4_096, new Map([["paid", 1]]));
    expect([...ring.sum(now, now + 4_097)]).toEqual([["paid", 1]]);
    expect(ring.sketch(now, now + 4_097).count).toBe(0);
  });

  it("merges the latencies of a second and of a window", () => {
    const ring = ringAt(now);
    for (const second of [now, now, now + 1]) ring.addSketch(second, latency(20));
    expect(ring.sketch(now, now + 1).count).toBe(2);
    expect(ring.sketch(now - 60, now + 60).count).toBe(3);
  });

  it("keeps its size when codes never end: those it has no room for are summed under other", () => {
    const ring = ringAt(now);
    for (let code = 0; code < 500; code++) {
      ring.add(now, new Map([[`failed:code.${code}`, 1]]));
      ring.add(now, new Map([[`refused:code.${code}`, 2]]));
    }
    ring.add(now, new Map([["placed", 7]]));
    const sums = ring.sum(now, now + 1);
    const family = (name: string) =>
      [...sums].filter(([key]) => key.startsWith(name)).reduce((sum, [, n]) => sum + n, 0);
    expect(family("failed:")).toBe(500);
    expect(family("refused:")).toBe(1_000);
    expect(sums.get("placed")).toBe(7);
    expect(sums.size).toBeLessThanOrEqual(128);
  });
});
