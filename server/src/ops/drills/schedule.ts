import type { DrillSchedule } from "@orderwatch/shared/ops/drills.ts";
import { CronExpressionParser } from "cron-parser";

export interface Beginning {
  at: Date;
  /** Local time lies within the schedule's window. */
  inWindow: boolean;
}

/** When a schedule fires after `from` and up to `until`, at most so often; daylight saving as the time zone has it. */
export function beginnings(schedule: DrillSchedule, from: Date, until: Date, atMost: number): Beginning[] {
  const expression = CronExpressionParser.parse(schedule.cron, {
    tz: schedule.timeZone,
    currentDate: from,
    endDate: until,
  });
  const found: Beginning[] = [];
  while (found.length < atMost && expression.hasNext()) {
    const at = expression.next().toDate();
    found.push({ at, inWindow: isInWindow(schedule, at) });
  }
  return found;
}

export function isInWindow({ timeZone, window }: DrillSchedule, at: Date): boolean {
  const local = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(at);
  return local >= window.from && local < window.until;
}

/** The next moment at which it would begin, within a year; null when there is none. */
export function nextBeginning(schedule: DrillSchedule, from: Date): Date | null {
  const until = new Date(from.getTime() + 366 * 86_400_000);
  return beginnings(schedule, from, until, 400).find(({ inWindow }) => inWindow)?.at ?? null;
}
