import { expect, test } from "vitest";
import { partOf } from "./repair.ts";

test.each([
  ["", "all"],
  ["  ", "all"],
  ["10", "all"],
  ["10.00", "all"],
  ["0.29", { amountFen: 29 }],
  [" 9.9 ", { amountFen: 990 }],
  ["10.01", null],
  ["0", null],
  ["0.00", null],
  ["-1", null],
  ["1e1", null],
  ["1.234", null],
  ["ten", null],
])("an amount typed as %j, of 10 yuan that are left, is %j", (typed, part) => {
  expect(partOf(typed, 1_000)).toEqual(part);
});
