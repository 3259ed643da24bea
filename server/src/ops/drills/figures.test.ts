import { expect, it } from "vitest";
import { anHour } from "../../../test/drills/hour.ts";
import { isBudgetSpent } from "./figures.ts";

const busy = { "server.busy": 2 };

it("the error budget is spent by more than two of a hundred that fail by our fault, and by nothing else", () => {
  expect(isBudgetSpent(anHour({ placed: 40 }))).toBe(false);
  expect(isBudgetSpent(anHour({ placed: 40, refused: busy }))).toBe(true);
  expect(isBudgetSpent(anHour({ placed: 40, refused: { "stock.sold_out": 20 } }))).toBe(false);
  // A quiet hour says nothing with its one mishap.
  expect(isBudgetSpent(anHour({ placed: 0, refused: { "server.busy": 0 } }))).toBe(false);
});

it("an error budget of which more than half the minutes are missing is unknown, not unspent", () => {
  expect(isBudgetSpent([])).toBeNull();
  expect(isBudgetSpent(anHour({ placed: 40, silent: 60 }))).toBeNull();
  expect(isBudgetSpent(anHour({ placed: 40, silent: 31 }))).toBeNull();
  expect(isBudgetSpent(anHour({ placed: 40, silent: 30 }))).toBe(false);
});

it("what is spent for certain is spent, however little else is known", () => {
  expect(isBudgetSpent(anHour({ placed: 40, refused: busy, silent: 50 }))).toBe(true);
});
