/** A visit is known by a random name alone; of whoever makes it only the kind of their device is kept. */
import type { DeviceClass } from "@orderwatch/shared/shop/beacons.ts";

/** What a visit's rows say of its steps. `visit` has no row of its own: every beacon makes the visit. */
export const storedSteps = ["product", "checkout", "refused"] as const;
export type StoredStep = (typeof storedSteps)[number];

/**
 * The kind of device that a `User-Agent` names. Tablets come first, since most of them call themselves phones' systems;
 * an iPad that poses as a Mac counts as a desktop, because its page does.
 */
export function deviceClassOf(userAgent: string | undefined): DeviceClass {
  if (userAgent === undefined) return "unknown";
  if (/bot|crawl|spider|headless/i.test(userAgent)) return "unknown";
  if (/ipad|tablet|silk|kindle|playbook/i.test(userAgent)) return "tablet";
  if (/android|harmonyos|openharmony/i.test(userAgent)) return /mobile/i.test(userAgent) ? "phone" : "tablet";
  if (/iphone|ipod|windows phone|mobile/i.test(userAgent)) return "phone";
  return /windows nt|macintosh|x11|cros|linux/i.test(userAgent) ? "desktop" : "unknown";
}

/** How long rows are kept. Simulated ones are many and tell of nobody. */
export const keptDays = { buyer: 90, simulated: 7, drill: 7 } as const;

/**
 * What one address and one visit may send; far above what people do, so that only floods meet it. Many buyers share one
 * address behind a carrier's gateway.
 */
export const beaconLimits = {
  address: { points: 1_200, windowMs: 60_000 },
  session: { points: 200, windowMs: 600_000 },
} as const;
