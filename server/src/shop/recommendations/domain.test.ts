import { expect, it } from "vitest";
import { choose } from "./domain.ts";

const scored = (sku: string, score: number, isOwn = false) => ({ sku, score, isOwn });

it("the best scored come first, each with its reason; what is popular fills up, then the catalogue", () => {
  expect(choose([scored("B", 0.1), scored("A", 0.4, true)], ["C"], ["A", "B", "C", "D", "E"])).toEqual([
    { sku: "A", reason: "again" },
    { sku: "B", reason: "similar" },
    { sku: "C", reason: "popular" },
    { sku: "D", reason: "popular" },
  ]);
});

it("what is not on sale is never named, and nothing twice", () => {
  expect(choose([scored("GONE", 1), scored("A", 0.5)], ["A", "GONE"], ["A"])).toEqual([
    { sku: "A", reason: "similar" },
  ]);
});
