/** Bills are of days in Beijing, whose clocks have had a fixed offset of eight hours since 1991. */

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const offsetMs = 8 * hourMs;
/** Both companies make a day's bill by nine or ten the next morning. */
const readyAfterMs = 10 * hourMs;
/** Where there is still none by then, there will be none: nothing moved, or the company has lost it. */
const givenUpAfterMs = 12 * hourMs;
/** What still waits for its bill by then needs a person. */
const overdueAfterMs = 24 * hourMs;
/** Both companies keep bills for about three months. */
const keptDays = 90;
/** What is paid shortly before a bill is asked for may be on one side only. */
export const settlingMs = 5 * 60_000;
/** A refund that is done here so shortly before midnight may be in the next day's bill. */
export const refundMarginMs = 10 * 60_000;

/** `2026-01-31` in Beijing. */
export function dayAt(at: Date): string {
  return new Date(at.getTime() + offsetMs).toISOString().slice(0, 10);
}

/** From its first moment until before the next day's. */
export function boundsOf(day: string): { from: Date; to: Date } {
  const fromMs = Date.parse(`${day}T00:00:00Z`) - offsetMs;
  return { from: new Date(fromMs), to: new Date(fromMs + dayMs) };
}

export function readyAt(day: string): Date {
  return new Date(boundsOf(day).to.getTime() + readyAfterMs);
}

/** Whether a bill of this day can be asked for: not one of the future, none older than companies keep them. */
export function isAskable(day: string, now: Date): boolean {
  return day <= dayAt(now) && day >= dayAt(new Date(now.getTime() - keptDays * dayMs));
}

/** The days whose bills are ready, newest last, as far back as companies keep them. */
export function daysDue(now: Date, firstDay: string): string[] {
  const days: string[] = [];
  for (let back = keptDays; back >= 1; back -= 1) {
    const day = dayAt(new Date(now.getTime() - back * dayMs));
    if (day >= firstDay && readyAt(day) <= now) days.push(day);
  }
  return days;
}

/** The last day that should have been compared long ago: a person is called for it, or for one before it, that was not. */
export const overdueDay = (now: Date): string =>
  dayAt(new Date(now.getTime() - dayMs - readyAfterMs - overdueAfterMs));

/** When a bill that was not there, or could not be used, is asked for again; null when that will not change. */
export function askAgainAt(day: string, now: Date, everyMs: number): Date | null {
  const ready = readyAt(day);
  if (now < ready) return ready;
  if (now.getTime() >= ready.getTime() + givenUpAfterMs) return null;
  return new Date(now.getTime() + everyMs);
}
