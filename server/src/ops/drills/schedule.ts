import type { DrillSchedule } from "@orderwatch/shared/ops/drills.ts";
import { CronExpressionParser } from "cron-parser";

export interface Beginning {
  at: Date;
  /** Local time lies within the schedule's window. */
  inWindow: boolean;
}

/** When a schedule fires after `from` and up to `until`, one after the other; daylight saving as the time zone has it. */
function* firings(schedule: DrillSchedule, from: Date, until: Date): Generator<Beginning> {
  const expression = CronExpressionParser.parse(schedule.cron, {
    tz: schedule.timeZone,
    currentDate: from,
    endDate: until,
  });
  const isIn = windowOf(schedule);
  while (expression.hasNext()) {
    const at = expression.next().toDate();
    yield { at, inWindow: isIn(at) };
  }
}

/** As `firings`, at most so many. */
export function beginnings(schedule: DrillSchedule, from: Date, until: Date, atMost: number): Beginning[] {
  const found: Beginning[] = [];
  for (const firing of firings(schedule, from, until)) {
    if (found.length === atMost) break;
    found.push(firing);
  }
  return found;
}

function windowOf({ timeZone, window }: DrillSchedule): (at: Date) => boolean {
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
  return (at) => {
    const local = clock.format(at);
    return local >= window.from && local < window.until;
  };
}

export const isInWindow = (schedule: DrillSchedule, at: Date): boolean => windowOf(schedule)(at);

const fourWeeksMs = 28 * 86_400_000;
const yearMs = 366 * 86_400_000;
const shownAtMost = 60;

export interface Coming {
  /** The next moment at which it would begin, within a year; null when there is none. */
  next: Date | null;
  /** All of the next four weeks. */
  upcoming: Date[];
}

function comingOf(schedule: DrillSchedule, from: Date): Coming {
  const upcoming = beginnings(schedule, from, new Date(from.getTime() + fourWeeksMs), shownAtMost)
    .filter(({ inWindow }) => inWindow)
    .map(({ at }) => at);
  if (upcoming[0]) return { next: upcoming[0], upcoming };
  for (const { at, inWindow } of firings(schedule, from, new Date(from.getTime() + yearMs)))
    if (inWindow) return { next: at, upcoming };
  return { next: null, upcoming };
}

/** What comes of many schedules, worked out anew each minute: reading a cron expression takes milliseconds. */
export class ComingBook {
  readonly #known = new Map<string, { minute: number; coming: Coming }>();

  of(schedule: DrillSchedule, now: Date): Coming {
    const key = JSON.stringify(schedule);
    const minute = Math.floor(now.getTime() / 60_000);
    const known = this.#known.get(key);
    if (known && (known.minute === minute || (known.coming.next?.getTime() ?? 0) > now.getTime()))
      return known.coming;
    const coming = comingOf(schedule, now);
    this.#known.set(key, { minute, coming });
    return coming;
  }
}
