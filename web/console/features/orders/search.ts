import type { OrderSearch } from "@orderwatch/shared/ops/orders.ts";
import type { OrderStatus, Origin, Tender } from "@orderwatch/shared/shop/orders.ts";

export const statuses = [
  "awaiting_payment",
  "paid",
  "under_review",
  "delivering",
  "delivered",
  "delivery_failed",
  "expired",
  "cancelled",
  "refunding",
  "refunded",
] as const satisfies readonly OrderStatus[];
export const methods = ["wechat", "alipay", "balance"] as const satisfies readonly Tender[];
export const origins = ["buyer", "simulated", "drill"] as const satisfies readonly Origin[];

/**
 * What the address of Orders says. The search text is not part of it: it may be a phone number or an e-mail address,
 * and addresses end up in logs. It lives in the history entry instead.
 */
export interface OrderFilters {
  status?: OrderStatus[];
  sku?: string;
  failureCode?: string;
  paymentMethod?: Tender;
  origin?: Origin[];
  from?: string;
  to?: string;
}

const oneOf = <Value extends string>(known: readonly Value[], value: unknown): Value | undefined =>
  known.find((each) => each === value);

const someOf = <Value extends string>(known: readonly Value[], value: unknown): Value[] | undefined => {
  const given: unknown[] = Array.isArray(value) ? value : [value];
  const found = known.filter((each) => given.includes(each));
  return found.length > 0 ? found : undefined;
};

const word = (value: unknown): string | undefined =>
  (typeof value === "string" || typeof value === "number") && String(value) !== ""
    ? String(value).slice(0, 64)
    : undefined;

const moment = (value: unknown): string | undefined =>
  typeof value === "string" && !Number.isNaN(Date.parse(value)) ? new Date(value).toISOString() : undefined;

/** The filters of an address; whatever is not one is left out. */
export function readOrderSearch(search: Record<string, unknown>): OrderFilters {
  const filters: { [Name in keyof OrderFilters]: OrderFilters[Name] | undefined } = {
    status: someOf(statuses, search.status),
    sku: word(search.sku),
    failureCode: word(search.failureCode),
    paymentMethod: oneOf(methods, search.paymentMethod),
    origin: someOf(origins, search.origin),
    from: moment(search.from),
    to: moment(search.to),
  };
  return compact(filters);
}

/** Without the fields that are undefined. */
export function compact<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

export const isOrderId = (text: string): boolean => uuidV7.test(text.trim());

const clock = /^(?:(\d{4})-(\d{1,2})-(\d{1,2})[ T])?(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const ago = /^(?:last\s+)?(\d{1,4})\s*(s|sec|m|min|h|d)$/i;
const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A time typed into the search: `14:05`, `14:05:09`, `2026-03-01 14:05` mean that minute or second in the browser's
 * zone, the latest such in the past; `10m`, `2h` mean that long until now. Null when the text is no time.
 */
export function readTime(text: string, now: Date): { from: string; to?: string } | null {
  const back = ago.exec(text.trim());
  if (back !== null) {
    const unit = back[2]?.[0]?.toLowerCase();
    if (unit !== "s" && unit !== "m" && unit !== "h" && unit !== "d") return null;
    return { from: new Date(now.getTime() - Number(back[1]) * unitMs[unit]).toISOString() };
  }
  const match = clock.exec(text.trim());
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => part && Number(part));
  const start = new Date(now);
  if (year !== undefined && year !== "") start.setFullYear(Number(year), Number(month) - 1, Number(day));
  start.setHours(Number(hour), Number(minute), Number(second ?? 0), 0);
  const startsAt = start.getTime();
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return null;
  const isBare = match[1] === undefined;
  const from = isBare && startsAt > now.getTime() ? startsAt - unitMs.d : startsAt;
  const to = from + (match[6] === undefined ? unitMs.m : unitMs.s);
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

/** The body of a search; `text` is whatever was typed. */
export function searchBody(text: string, filters: OrderFilters, now: Date) {
  const typed = text.trim();
  const time = typed === "" ? null : readTime(typed, now);
  const body: Partial<OrderSearch> = {
    ...filters,
    ...(time ?? {}),
    ...(typed === "" || time !== null ? {} : { q: typed.slice(0, 254) }),
  };
  return body;
}
