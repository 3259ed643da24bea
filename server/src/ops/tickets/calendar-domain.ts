import type { SupportCalendar } from "@orderwatch/shared/ops/ticket-team.ts";

/** What makes a calendar one that no deadline can be computed with; null where there is nothing. */
export function problemOfCalendar(calendar: SupportCalendar): { path: string; message: string } | null {
  try {
    new Intl.DateTimeFormat("en", { timeZone: calendar.timeZone });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { path: "timeZone", message: "a time zone such as Asia/Shanghai" };
  }
  const works = calendar.week.some((shifts) => shifts.some(({ from, to }) => from !== to));
  if (!works) return { path: "week", message: "somebody has to work at some time of the week" };
  const days = calendar.holidays.map(({ day }) => day);
  const twice = days.find((day, at) => days.indexOf(day) !== at);
  return twice === undefined ? null : { path: "holidays", message: `${twice} comes twice` };
}
