import { Temporal } from "temporal-polyfill";

const dayMs = 86_400_000;

/**
 * The moment, in milliseconds since 1970 UTC, when clocks of a zone show a day (`2026-11-01`) and time (`02:30`). A time that a
 * change of clocks skips is moved on by what was skipped; of one that comes twice it is the first (RFC 5545, as Temporal).
 */
export function momentOf(timeZone: string, day: string, time: string): number {
  return Temporal.PlainDateTime.from(`${day}T${time}`).toZonedDateTime(timeZone).epochMilliseconds;
}

/** The day that calendars of a zone show at a moment. */
export function dayAt(timeZone: string, atMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

/** Calendar arithmetic on days as such: no zone, so every day is as long as any other. */
const numberOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / dayMs;

export function addDays(day: string, days: number): string {
  return new Date((numberOf(day) + days) * dayMs).toISOString().slice(0, 10);
}

/** Whole days from one day to a later one; negative to an earlier one. */
export function daysBetween(from: string, to: string): number {
  return numberOf(to) - numberOf(from);
}

/** The Monday of a day's week (ISO 8601). */
export function mondayOf(day: string): string {
  // 1970-01-01 was a Thursday.
  return addDays(day, -((((numberOf(day) + 3) % 7) + 7) % 7));
}
