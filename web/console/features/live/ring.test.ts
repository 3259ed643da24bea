import { describe, expect, it } from "vitest";
import { Ring } from "./ring.ts";

describe("the ring", () => {
  it("keeps the newest values, oldest first, however many came", () => {
    const ring = new Ring<number>(3);
    expect(ring.toArray()).toEqual([]);
    expect(ring.last).toBeUndefined();
    for (let value = 1; value <= 7; value++) ring.push(value);
    expect(ring.toArray()).toEqual([5, 6, 7]);
    expect(ring.last).toBe(7);
    expect(ring.length).toBe(3);
  });

  it("its newest value can be put right without moving the others", () => {
    const ring = new Ring<number>(3);
    ring.replaceLast(9);
    expect(ring.length).toBe(0);
    for (const value of [1, 2, 3, 4]) ring.push(value);
    ring.replaceLast(40);
    expect(ring.toArray()).toEqual([2, 3, 40]);
  });

  it("starts anew when cleared", () => {
    const ring = new Ring<number>(2);
    ring.push(1);
    ring.clear();
    ring.push(2);
    expect(ring.toArray()).toEqual([2]);
  });
});
