import { expect, test } from "vitest";
import { bestTime } from "./best-time.ts";

const at = (hour: number, minute = 0) => new Date(2026, 2, 5, hour, minute);
const local = (iso: string | undefined) => {
  const time = new Date(iso ?? "");
  return [time.getDate(), time.getHours(), time.getMinutes()];
};

test("a part of the day is today's while half an hour of it is left, else tomorrow's", () => {
  const early = bestTime("afternoon", at(8));
  expect([local(early.bestFrom), local(early.bestTo)]).toEqual([
    [5, 12, 0],
    [5, 18, 0],
  ]);
  const within = bestTime("afternoon", at(17, 30));
  expect([local(within.bestFrom), local(within.bestTo)]).toEqual([
    [5, 17, 30],
    [5, 18, 0],
  ]);
  const late = bestTime("afternoon", at(17, 31));
  expect([local(late.bestFrom), local(late.bestTo)]).toEqual([
    [6, 12, 0],
    [6, 18, 0],
  ]);
});

test("any time is none in particular", () => {
  expect(bestTime("any", at(12))).toEqual({});
});
