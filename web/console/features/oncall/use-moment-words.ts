import { useLocale } from "../../../lib/i18n/use-locale.ts";

const made = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  const known = made.get(key) ?? new Intl.DateTimeFormat(locale, options);
  made.set(key, known);
  return known;
}

/** A moment of a schedule: weekday, day and minute in the browser's zone, `Sun, Nov 22, 14:05`. */
export function useMomentWords(): (time: string) => string {
  const locale = useLocale();
  return (time) =>
    format(locale, {
      weekday: "short",
      month: "short",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }).format(new Date(time));
}

/** A day above its column: its weekday and its number. */
export function useDayWords(): (day: Date) => { weekday: string; number: string } {
  const locale = useLocale();
  return (day) => ({
    weekday: format(locale, { weekday: "short" }).format(day),
    number: format(locale, { month: "numeric", day: "numeric" }).format(day),
  });
}
