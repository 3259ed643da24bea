import type { Shift } from "@orderwatch/shared/ops/oncall.ts";
import { describe, expect, it } from "vitest";
import { barsOf, coming, restOf, tintOf } from "./lanes.ts";

const shift = (from: Date, until: Date): Shift => ({
  from: from.toISOString(),
  until: until.toISOString(),
  person: { id: "a", name: "A" },
  source: { kind: "layer", layer: 0 },
});

describe("the schedule's lanes", () => {
  const now = new Date(2026, 10, 22, 15, 30);
  const { from, until, days } = coming(now);

  it("show fourteen days, today first", () => {
    expect(days).toHaveLength(14);
    expect([from, until]).toEqual([new Date(2026, 10, 22), new Date(2026, 11, 6)]);
  });

  it("leave no hole between bars, and nothing hangs over the edges", () => {
    const middle = new Date(2026, 10, 29);
    const bars = barsOf(
      [shift(new Date(2026, 10, 20), middle), shift(middle, new Date(2026, 11, 20))],
      from,
      until,
    );
    expect(bars.map(({ left, width }) => [left, width])).toEqual([
      [0, 50],
      [50, 50],
    ]);
    expect(barsOf([shift(new Date(2026, 10, 1), new Date(2026, 10, 2))], from, until)).toEqual([]);
  });

  it("only what is to come of a shift can be given away", () => {
    expect(restOf(shift(from, until), now)).toEqual({
      from: now.toISOString(),
      until: until.toISOString(),
    });
    expect(restOf(shift(from, now), now)).toBeNull();
  });

  it("a person keeps their tint", () => {
    expect(tintOf("someone", 6)).toBe(tintOf("someone", 6));
  });
});
