import type { Language } from "./choice.ts";

/** Formats of one language, made once: building one costs more than using it a hundred times. */
export function formatsOf(language: Language) {
  const money = new Intl.NumberFormat(language, {
    style: "currency",
    currency: "CNY",
    currencyDisplay: "narrowSymbol",
  });
  const moment = new Intl.DateTimeFormat(language, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const zoned = new Intl.DateTimeFormat(language, { timeZoneName: "short" });
  const zoneAt = (at: Date) =>
    zoned.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium", hourCycle: "h23" });
  return {
    /** Fen as money: `4950` is `¥49.50`. */
    money: (fen: number) => money.format(fen / 100),
    /** Day and time with the time zone; takes ISO 8601 or milliseconds. */
    moment: (time: string | number) => {
      const at = new Date(time);
      // Left to itself, Chinese puts the zone between day and time.
      return `${moment.format(at)} ${zoneAt(at)}`;
    },
    /** Time of day to the second. */
    clock: (time: string | number) => clock.format(new Date(time)),
  };
}

/** What is left of a wait as `m:ss`; never negative. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
