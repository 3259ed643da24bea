/** Shifts and spans as people type them, and as they read them back. */
import type { Shift } from "@orderwatch/shared/ops/ticket-team.ts";

const wallTime = /^(\d{1,2})[:：](\d{2})$/;

function readTime(typed: string): string | null {
  const match = wallTime.exec(typed);
  if (!match) return null;
  const [hour, minute] = [Number(match[1]), Number(match[2])];
  const isTime = (hour < 24 && minute < 60) || (hour === 24 && minute === 0);
  return isTime ? `${String(hour).padStart(2, "0")}:${match[2]}` : null;
}

/** `09:00-12:00, 13:30-18:00`; nothing is a day off, and null is none that can be read. At most eight. */
export function readShifts(typed: string): Shift[] | null {
  const parts = typed.split(/[,，、;；\s]+/).filter((part) => part !== "");
  const shifts = parts.map((part) => {
    const [from = "", to = "", ...rest] = part.split(/[-–—~～]/);
    const shift = { from: readTime(from), to: readTime(to) };
    return rest.length === 0 && shift.from !== null && shift.to !== null
      ? { from: shift.from, to: shift.to }
      : null;
  });
  return shifts.length <= 8 && shifts.every((shift) => shift !== null) ? shifts : null;
}

export const typedShifts = (shifts: readonly Shift[]): string =>
  shifts.map(({ from, to }) => `${from}-${to}`).join(", ");

const mostMinutes = 60 * 24 * 60;

/** Minutes of `45`, `45m`, `4h`, `1h30m` or `1:30`; null where it is none of them, or not between a minute and 60 days. */
export function readMinutes(typed: string): number | null {
  const plain = typed.trim().toLowerCase();
  const match =
    /^(?<minutes>\d{1,5})\s*m?$/.exec(plain) ??
    /^(?<hours>\d{1,4})\s*h(?:\s*(?<minutes>\d{1,2})\s*m?)?$/.exec(plain) ??
    /^(?<hours>\d{1,4})[:：](?<minutes>[0-5]\d)$/.exec(plain);
  if (!match?.groups) return null;
  const minutes = Number(match.groups.hours ?? 0) * 60 + Number(match.groups.minutes ?? 0);
  return minutes >= 1 && minutes <= mostMinutes ? minutes : null;
}

/** The shortest way to type it: `45m`, `4h`, `1h30m`. */
export function typedMinutes(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return `${rest}m`;
  return rest === 0 ? `${hours}h` : `${hours}h${rest}m`;
}

/** Days of the week in the order of a calendar, Monday first, put together where they have the same shifts. */
export function groupWeek(
  week: readonly (readonly Shift[])[],
): { from: number; to: number; shifts: readonly Shift[] }[] {
  const groups: { from: number; to: number; shifts: readonly Shift[] }[] = [];
  for (const [day, shifts] of week.entries()) {
    const last = groups.at(-1);
    if (last !== undefined && typedShifts(last.shifts) === typedShifts(shifts)) last.to = day;
    else groups.push({ from: day, to: day, shifts });
  }
  return groups;
}
