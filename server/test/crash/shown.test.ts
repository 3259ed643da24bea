import { expect, it } from "vitest";
import { checkShown } from "./shown.ts";

const codes = new Map([
  ["CARD one", "order-1"],
  ["CARD two", "order-1"],
  ["CARD three", "order-2"],
]);

it.each<[string, string[] | undefined, number]>([
  ["the same, in any order", ["CARD two", "CARD one"], 0],
  ["one of them replaced", ["CARD one", "CARD four"], 1],
  ["one less", ["CARD one"], 1],
  ["one more", ["CARD one", "CARD two", "CARD four"], 1],
  ["none that could be read", undefined, 1],
])("D1: what an order showed is what it shows: %s", async (_, now, count) => {
  const found = await checkShown({ codes }, async (id) => (id === "order-1" ? now : ["CARD three"]));
  expect(found.map((each) => each.count)).toEqual(count === 0 ? [] : [count]);
});
