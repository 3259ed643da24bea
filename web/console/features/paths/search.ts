import type { FunnelStep } from "@orderwatch/shared/ops/funnel-steps.ts";
import type { DeviceClass } from "@orderwatch/shared/shop/beacons.ts";
import type { Tender } from "@orderwatch/shared/shop/orders.ts";

export const ranges = ["hour", "six", "day"] as const;
export type PathsRange = (typeof ranges)[number];
export const rangeMs: Record<PathsRange, number> = { hour: 3_600_000, six: 6 * 3_600_000, day: 86_400_000 };

// The contract's own lists would bring the schema library into the bundle; a missing one does not compile.
export const devices = Object.keys({
  phone: true,
  tablet: true,
  desktop: true,
  unknown: true,
} satisfies Record<DeviceClass, true>) as DeviceClass[];
export const steps = Object.keys({
  visit: true,
  product: true,
  checkout: true,
  placed: true,
  paid: true,
  delivered: true,
} satisfies Record<FunnelStep, true>) as FunnelStep[];
const methods = Object.keys({ wechat: true, alipay: true, balance: true } satisfies Record<
  Tender,
  true
>) as Tender[];

/** What the address of Paths says: which visits are counted, and which of them are listed. */
export interface PathsSearch {
  /** An hour unless it says otherwise. */
  range?: "six" | "day";
  /** Buyers and simulated shoppers unless it says otherwise. */
  origin?: "buyer" | "simulated";
  device?: DeviceClass;
  sku?: string;
  method?: Tender;
  /** Visits that came exactly this far are listed; those that left at checkout when absent. */
  reached?: FunnelStep;
  /** … and met this refusal or failure. */
  code?: string;
}

const oneOf = <Value extends string>(known: readonly Value[], value: unknown): Value | undefined =>
  known.find((each) => each === value);
const matching = (pattern: RegExp, value: unknown): string | undefined => {
  const given = typeof value === "string" || typeof value === "number" ? String(value) : "";
  return pattern.test(given) ? given : undefined;
};

/** The filters of an address; whatever is not one is left out. */
export function readPathsSearch(search: Record<string, unknown>): PathsSearch {
  return without({
    range: oneOf(["six", "day"], search.range),
    origin: oneOf(["buyer", "simulated"], search.origin),
    device: oneOf(devices, search.device),
    sku: matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, search.sku),
    method: oneOf(methods, search.method),
    reached: oneOf(steps, search.reached),
    code: matching(/^[a-z0-9_.]{1,64}$/, search.code),
  });
}

/** Without the fields that are undefined. */
export function without(search: { [Name in keyof PathsSearch]: PathsSearch[Name] | undefined }): PathsSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}
