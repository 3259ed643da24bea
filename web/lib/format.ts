import type { Locale } from "./i18n/locale.ts";

/** Numbers, money and times in one language's habit and the browser's time zone. */
export interface Formats {
  /** Fen as yuan: `¥12.34`. */
  money(fen: number): string;
  count(value: number): string;
  /** One decimal where it tells something: `4.2`, `130`. */
  rate(value: number): string;
  /** A share from 0 to 1: `98.3%`. */
  percent(share: number): string;
  /** Milliseconds in the unit that reads best, unbreakable: `0.8 ms`, `42 ms`, `1.25 s`, `3:05`, `2:10:00`. */
  duration(ms: number): string;
  /** `14:05:09` */
  clock(time: Date | number | string): string;
  /** `14:05` */
  minute(time: Date | number | string): string;
  /** Date and time to the second. */
  moment(time: Date | number | string): string;
  /** Time to the second; the day only when it is not today, the year only when it is not this one. */
  recent(time: Date | number | string, now: Date): string;
  /** The browser's zone: `GMT+8`. */
  zone(now: Date): string;
}

const cache = new Map<Locale, Formats>();

export function formats(locale: Locale): Formats {
  const known = cache.get(locale);
  if (known) return known;
  const made = makeFormats(locale);
  cache.set(locale, made);
  return made;
}

const asDate = (time: Date | number | string): Date => (time instanceof Date ? time : new Date(time));

function makeFormats(locale: Locale): Formats {
  const money = new Intl.NumberFormat(locale, {
    style: "currency",
    currency: "CNY",
    currencyDisplay: "narrowSymbol",
  });
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const tenth = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const hundredth = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const day = { month: "short", day: "numeric" } as const;
  const minute = new Intl.DateTimeFormat(locale, time);
  const clock = new Intl.DateTimeFormat(locale, { ...time, second: "2-digit" });
  const sameYear = new Intl.DateTimeFormat(locale, { ...day, ...time, second: "2-digit" });
  const moment = new Intl.DateTimeFormat(locale, { year: "numeric", ...day, ...time, second: "2-digit" });
  const zone = new Intl.DateTimeFormat(locale, { timeZoneName: "shortOffset" });

  return {
    money: (fen) => money.format(fen / 100),
    count: (value) => whole.format(value),
    rate: (value) => (value < 100 ? tenth : whole).format(value),
    percent: (value) => share.format(value),
    duration: (ms) => {
      if (ms < 10) return `${tenth.format(ms)}\u00a0ms`;
      if (ms < 1000) return `${whole.format(ms)}\u00a0ms`;
      if (ms < 60_000) return `${hundredth.format(ms / 1000)}\u00a0s`;
      return clockFace(Math.round(ms / 1000));
    },
    clock: (at) => clock.format(asDate(at)),
    minute: (at) => minute.format(asDate(at)),
    moment: (at) => moment.format(asDate(at)),
    recent: (at, now) => {
      const date = asDate(at);
      if (date.toDateString() === now.toDateString()) return clock.format(date);
      return (date.getFullYear() === now.getFullYear() ? sameYear : moment).format(date);
    },
    zone: (now) => zone.formatToParts(now).find((part) => part.type === "timeZoneName")?.value ?? "UTC",
  };
}

/** Seconds as `m:ss` or `h:mm:ss`. */
function clockFace(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}
