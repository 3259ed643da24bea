import { expect, it } from "vitest";
import { isOut } from "./presence.ts";

const at = (hour: number) => new Date(Date.UTC(2026, 10, 23, hour));
const outAt = (agent: Parameters<typeof isOut>[0]) =>
  [9, 10, 11, 12, 23].filter((hour) => isOut(agent, at(hour)));

it("somebody is out from the first moment of their absence to its end", () => {
  expect(outAt({ outFrom: at(10), outUntil: at(12) })).toEqual([10, 11]);
  expect(outAt({ outFrom: at(10).toISOString(), outUntil: at(12).toISOString() })).toEqual([10, 11]);
});

it("an absence without an end is for good, one without a beginning has begun", () => {
  expect(outAt({ outFrom: at(10), outUntil: null })).toEqual([10, 11, 12, 23]);
  expect(outAt({ outFrom: null, outUntil: at(12).toISOString() })).toEqual([9, 10, 11]);
  expect(outAt({ outFrom: null, outUntil: null })).toEqual([]);
});
