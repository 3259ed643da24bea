/** A rota's shifts laid out on a strip of days: where each bar begins and how long it is, in percent. */
import type { Shift } from "@orderwatch/shared/ops/oncall.ts";

export const daysShown = 14;

/** The coming two weeks in whole days of the browser's zone, today first. */
export function coming(now: Date): { from: Date; until: Date; days: Date[] } {
  const day = (ahead: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + ahead);
  return {
    from: day(0),
    until: day(daysShown),
    days: Array.from({ length: daysShown }, (_, ahead) => day(ahead)),
  };
}

export interface Bar {
  shift: Shift;
  left: number;
  width: number;
}

/** Bars without a hole between `from` and `until`; what lies outside is cut off. */
export function barsOf(shifts: readonly Shift[], from: Date, until: Date): Bar[] {
  const span = until.getTime() - from.getTime();
  const place = (time: string) =>
    Math.min(100, Math.max(0, ((Date.parse(time) - from.getTime()) / span) * 100));
  return shifts
    .map((shift) => ({ shift, left: place(shift.from), width: place(shift.until) - place(shift.from) }))
    .filter(({ width }) => width > 0);
}

/** One of so many tints for a person, the same everywhere. */
export function tintOf(personId: string, tints: number): number {
  let sum = 0;
  for (const char of personId) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9_973;
  return sum % tints;
}

/** What of a shift is still to come; null when it is over. */
export function restOf(shift: Shift, now: Date): { from: string; until: string } | null {
  if (Date.parse(shift.until) <= now.getTime()) return null;
  const from = Date.parse(shift.from) < now.getTime() ? now.toISOString() : shift.from;
  return { from, until: shift.until };
}
