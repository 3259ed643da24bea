import { expect, test } from "vitest";
import { groupWeek, readMinutes, readShifts, typedMinutes, typedShifts } from "./typed.ts";

test.each([
  ["", []],
  [
    "09:00-12:00, 13:30-18:00",
    [
      ["09:00", "12:00"],
      ["13:30", "18:00"],
    ],
  ],
  [
    "9:00–12:00　13：30～18:00",
    [
      ["09:00", "12:00"],
      ["13:30", "18:00"],
    ],
  ],
  ["22:00-06:00", [["22:00", "06:00"]]],
  ["00:00-24:00", [["00:00", "24:00"]]],
  ["09:00", null],
  ["09:00-25:00", null],
  ["9-18", null],
  ["09:00-12:60", null],
  ["09:00-12:00-13:00", null],
  ["24:30-25:00", null],
  [Array(9).fill("01:00-02:00").join(" "), null],
] as const)("shifts typed as %j", (typed, shifts) => {
  expect(readShifts(typed)).toEqual(shifts?.map(([from, to]) => ({ from, to })) ?? null);
});

test("shifts are read back as they were typed", () => {
  const typed = "09:00-12:00, 13:30-18:00";
  expect(typedShifts(readShifts(typed) ?? [])).toBe(typed);
});

test.each([
  ["45", 45],
  ["45m", 45],
  ["4h", 240],
  ["1h30m", 90],
  ["1h 30", 90],
  ["1:30", 90],
  ["1：05", 65],
  [" 2H ", 120],
  ["0", null],
  ["", null],
  ["-5", null],
  ["1.5h", null],
  ["two", null],
  ["99999", null],
  ["1441h", null],
])("a span typed as %j is %j minutes", (typed, minutes) => {
  expect(readMinutes(typed)).toBe(minutes);
});

test("a span is read back as it was", () => {
  for (const minutes of [1, 59, 60, 61, 90, 240, 1_440, 86_400])
    expect(readMinutes(typedMinutes(minutes))).toBe(minutes);
});

test("days with the same shifts stand together", () => {
  const work = [{ from: "09:00", to: "18:00" }];
  expect(groupWeek([work, work, work, work, work, [], []])).toEqual([
    { from: 0, to: 4, shifts: work },
    { from: 5, to: 6, shifts: [] },
  ]);
});
