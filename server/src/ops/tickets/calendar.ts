import type { Shift, SupportCalendar } from "@orderwatch/shared/ops/ticket-team.ts";
import { Temporal } from "temporal-polyfill";

/** Longer than any promise takes on the emptiest calendar that makes sense; further nobody looks. */
const furthestDays = 3_660;

/** A stretch of working time, in milliseconds since 1970 UTC; its end is not part of it. */
interface Span {
  from: number;
  to: number;
}

/** Whether there is any working time at all after a day. */
function everOpens(calendar: SupportCalendar, day: string): boolean {
  const works = (shifts: readonly Shift[]) => shifts.some(({ from, to }) => from !== to);
  return (
    calendar.week.some(works) ||
    calendar.holidays.some((holiday) => holiday.day >= day && works(holiday.shifts))
  );
}

/** Wall time of a zone as a moment. What a change of clocks skips is moved on; of what comes twice it is the first (RFC 5545). */
function momentOf(day: Temporal.PlainDate, time: string, timeZone: string): number {
  const isMidnight = time === "24:00";
  const date = isMidnight ? day.add({ days: 1 }) : day;
  return date.toPlainDateTime(isMidnight ? "00:00" : time).toZonedDateTime(timeZone).epochMilliseconds;
}

/** The working time that begins on a day, in order. A shift that ends before it begins ends on the next day. */
function spansOf(calendar: SupportCalendar, day: Temporal.PlainDate): Span[] {
  const name = day.toString();
  const holiday = calendar.holidays.find((one) => one.day === name);
  const shifts = holiday ? holiday.shifts : (calendar.week[day.dayOfWeek - 1] ?? []);
  return shifts
    .filter(({ from, to }) => from !== to)
    .map(({ from, to }) => ({
      from: momentOf(day, from, calendar.timeZone),
      to: momentOf(to < from ? day.add({ days: 1 }) : day, to, calendar.timeZone),
    }))
    .sort((a, b) => a.from - b.from);
}

/** Working time from a moment on, in order and without overlaps, however shifts overlap. Ends where it never opens again. */
export function* workingSpans(calendar: SupportCalendar, fromMs: number): Generator<Span> {
  // A night shift of the day before may still run.
  let day = Temporal.Instant.fromEpochMilliseconds(fromMs)
    .toZonedDateTimeISO(calendar.timeZone)
    .toPlainDate()
    .subtract({ days: 1 });
  let reached = fromMs;
  for (let looked = 0; looked < furthestDays; looked++) {
    if (looked % 7 === 0 && !everOpens(calendar, day.toString())) return;
    for (const { from, to } of spansOf(calendar, day)) {
      if (to <= reached) continue;
      yield { from: Math.max(from, reached), to };
      reached = to;
    }
    day = day.add({ days: 1 });
  }
}

/** The first moment at which so much working time has passed since `fromMs`; null when it never does. */
export function addWorkingTime(calendar: SupportCalendar, fromMs: number, forMs: number): number | null {
  if (forMs <= 0) return fromMs;
  let left = forMs;
  for (const { from, to } of workingSpans(calendar, fromMs)) {
    if (to - from >= left) return from + left;
    left -= to - from;
  }
  return null;
}

/** Working time between two moments, in milliseconds; 0 when the second is not later. */
export function workingTimeBetween(calendar: SupportCalendar, fromMs: number, toMs: number): number {
  let sum = 0;
  if (toMs <= fromMs) return sum;
  for (const { from, to } of workingSpans(calendar, fromMs)) {
    if (from >= toMs) break;
    sum += Math.min(to, toMs) - from;
  }
  return sum;
}
