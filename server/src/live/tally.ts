import type { LivePoint, SimulatedCounts } from "@orderwatch/shared/live/frame.ts";
import type { NodeFrame } from "@orderwatch/shared/live/telemetry.ts";
import { beaconSteps } from "@orderwatch/shared/shop/beacons.ts";
import { type PaymentMethod, paymentMethods } from "@orderwatch/shared/shop/orders.ts";
import type { EventCount } from "./business.ts";
import type { Percentiles } from "./sketch.ts";

/**
 * Counts by name. One flat space of names serves frames, ring and rollups: `placed`, `failed:<code>`,
 * `simulated:paid`, `wechat:placed`, `refused:<code>`, `beacon:visit`, `requests`, `buyers_refused`, `callbacks_refused`.
 */
export type Tally = Map<string, number>;

export const otherCode = "other";
const codePattern = /^[a-z0-9_.]{1,64}$/;

export function add(tally: Tally, name: string, n: number): void {
  tally.set(name, (tally.get(name) ?? 0) + n);
}

export function addAll(tally: Tally, other: Tally): void {
  for (const [name, n] of other) add(tally, name, n);
}

const codeOf = (code: string | null) => (code !== null && codePattern.test(code) ? code : otherCode);

/** Every name that an event counts under. */
export function namesOf(event: Omit<EventCount, "second" | "n">): string[] {
  const names = [event.type === "failed" ? `failed:${codeOf(event.code)}` : event.type];
  const isPaymentFailure = event.type === "failed" && event.code?.startsWith("payment.") === true;
  if (event.origin === "simulated") {
    names.push(`simulated:${event.type}`);
    if (isPaymentFailure) names.push("simulated:payment_failed");
  }
  const ofChannel = event.type === "placed" || event.type === "paid" || isPaymentFailure;
  if (ofChannel) names.push(`${event.method}:${event.type}`);
  // A payer who is declined says nothing of the channel; this does.
  if (event.type === "failed" && event.code === "payment.channel_unavailable")
    names.push(`${event.method}:unavailable`);
  return names;
}

export function tallyOfEvents(events: readonly EventCount[]): Tally {
  const tally: Tally = new Map();
  for (const event of events) for (const name of namesOf(event)) add(tally, name, event.n);
  return tally;
}

/** What a node counted, its sketch apart. */
export type NodeCounts = Pick<NodeFrame, "requests" | "refused" | "buyersRefused" | "beacons">;

export function tallyOfNode(counts: NodeCounts & Pick<NodeFrame, "callbacks">): Tally {
  const tally: Tally = new Map([["requests", counts.requests]]);
  for (const [code, n] of Object.entries(counts.refused)) add(tally, `refused:${codeOf(code)}`, n);
  for (const step of beaconSteps) add(tally, `beacon:${step}`, counts.beacons[step]);
  if (counts.buyersRefused) tally.set("buyers_refused", counts.buyersRefused);
  if (counts.callbacks) {
    for (const fate of ["accepted", "refused", "repeated"] as const)
      tally.set(`callbacks_${fate}`, counts.callbacks[fate]);
  }
  return tally;
}

/** The inverse of `tallyOfNode`, over any tally, but for callbacks: those are not kept. */
export function nodeCountsOf(tally: Tally): NodeCounts {
  const buyersRefused = tally.get("buyers_refused") ?? 0;
  return {
    ...(buyersRefused > 0 ? { buyersRefused } : {}),
    requests: tally.get("requests") ?? 0,
    refused: byCode(tally, "refused"),
    beacons: beaconsOf(tally),
  };
}

const beaconsOf = (tally: Tally) => ({
  visit: tally.get("beacon:visit") ?? 0,
  product: tally.get("beacon:product") ?? 0,
  checkout: tally.get("beacon:checkout") ?? 0,
});

/** The counts of a family (`failed`, `refused`), most frequent first. */
export function byCode(tally: Tally, family: "failed" | "refused"): Record<string, number> {
  const prefix = `${family}:`;
  return Object.fromEntries(
    [...tally]
      .filter(([name, n]) => n > 0 && name.startsWith(prefix))
      .map(([name, n]): [string, number] => [name.slice(prefix.length), n])
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)),
  );
}

export type PointFields = Omit<LivePoint, "t" | "qps" | "latencyMs">;

/** The counts of a frame or of a chart's point. */
export function fieldsOf(tally: Tally): PointFields {
  const count = (name: string) => tally.get(name) ?? 0;
  const simulated: SimulatedCounts = {
    placed: count("simulated:placed"),
    paid: count("simulated:paid"),
    delivered: count("simulated:delivered"),
    refunded: count("simulated:refunded"),
    failed: count("simulated:failed"),
    ...(count("simulated:payment_failed") > 0 ? { paymentFailed: count("simulated:payment_failed") } : {}),
  };
  const [placed, paid, delivered] = [count("placed"), count("paid"), count("delivered")];
  return {
    placed,
    paid,
    delivered,
    refunded: count("refunded"),
    failed: byCode(tally, "failed"),
    simulated,
    refused: byCode(tally, "refused"),
    funnel: { ...beaconsOf(tally), placed, paid, delivered },
  };
}

/** A point that starts at `second` and has lasted `seconds` so far. */
export function pointOf(
  tally: Tally,
  at: { second: number; seconds: number; latencyMs: Percentiles | null },
): LivePoint {
  return {
    t: new Date(at.second * 1_000).toISOString(),
    ...fieldsOf(tally),
    qps: Math.round(((tally.get("requests") ?? 0) / Math.max(1, at.seconds)) * 10) / 10,
    latencyMs: at.latencyMs,
  };
}

/** A payment method's counts and the share of payment attempts that succeeded. */
export function channelOf(tally: Tally, method: PaymentMethod) {
  const placed = tally.get(`${method}:placed`) ?? 0;
  const paid = tally.get(`${method}:paid`) ?? 0;
  const failed = tally.get(`${method}:failed`) ?? 0;
  const successRate = paid + failed === 0 ? null : Math.round((paid / (paid + failed)) * 10_000) / 10_000;
  return { method, placed, paid, failed, successRate };
}

export const channelsOf = (tally: Tally) => paymentMethods.map((method) => channelOf(tally, method));
