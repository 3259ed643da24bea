import { expect, it } from "vitest";
import { problemOfCalendar } from "./calendar-domain.ts";

const day = [{ from: "09:00", to: "18:00" }];
const calendar = { timeZone: "Asia/Shanghai", week: [day, day, day, day, day, [], []], holidays: [] };

it("a calendar that deadlines can be computed with is taken", () => {
  expect(problemOfCalendar(calendar)).toBeNull();
});

it.each([
  ["an unknown time zone", { ...calendar, timeZone: "Asia/Nowhere" }, "timeZone"],
  ["a week in which nobody ever works", { ...calendar, week: [[], [], [], [], [], [], []] }, "week"],
  [
    "one day that is two holidays",
    {
      ...calendar,
      holidays: [
        { day: "2026-10-01", shifts: [] },
        { day: "2026-10-01", shifts: day },
      ],
    },
    "holidays",
  ],
])("a calendar is refused for %s", (_what, given, path) => {
  expect(problemOfCalendar(given)?.path).toBe(path);
});
