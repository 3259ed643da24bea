import { expect, it } from "vitest";
import { createFloodGuard } from "./flood.ts";

function guard(points: number) {
  let now = 0;
  const { take } = createFloodGuard({ points, windowMs: 1_000, nowMs: () => now });
  return {
    take,
    at(ms: number) {
      now = ms;
    },
  };
}

it("lets each key through as often as agreed, and says when the window ends", () => {
  const { take, at } = guard(2);
  expect([take("a"), take("a"), take("b")]).toEqual([null, null, null]);
  at(400);
  expect([take("a"), take("b"), take("b")]).toEqual([600, null, 600]);
});

it("a burst across the border of two windows counts as one", () => {
  const { take, at } = guard(4);
  at(900);
  expect(Array.from({ length: 4 }, () => take("a"))).toEqual([null, null, null, null]);
  at(1_100);
  expect(take("a")).toBe(900);
  at(1_500);
  expect([take("a"), take("a"), take("a")]).toEqual([null, null, 500]);
});

it("a key that was quiet for two windows starts anew", () => {
  const { take, at } = guard(1);
  expect([take("a"), take("a")]).toEqual([null, 1_000]);
  at(2_100);
  expect(take("a")).toBeNull();
});

it("forgets rather than grow without end", () => {
  const { take } = guard(1);
  expect(take("first")).toBeNull();
  for (let n = 0; n < 400_001; n++) take(`key ${n}`);
  expect(take("first")).toBeNull();
});
