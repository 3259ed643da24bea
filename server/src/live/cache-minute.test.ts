import { expect, it } from "vitest";
import { CacheMinute } from "./cache-minute.ts";

it("a cache is shown by what it did in the last minute, and not at all when it did nothing", () => {
  const minute = new CacheMinute();
  expect(minute.take({ hits: 0, misses: 0, stale: 0 })).toBeUndefined();
  expect(minute.take({ hits: 98, misses: 2, stale: 0 })).toEqual({ hit: 0.98, stale: 0 });
  expect(minute.take({ hits: 98, misses: 2, stale: 100 })).toEqual({ hit: 0.99, stale: 0.5 });
  for (let second = 0; second < 60; second++) minute.take({ hits: 98, misses: 2, stale: 100 });
  expect(minute.take({ hits: 98, misses: 2, stale: 100 })).toBeUndefined();
  expect(minute.take({ hits: 99, misses: 2, stale: 100 })).toEqual({ hit: 1, stale: 0 });
});
