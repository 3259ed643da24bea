/** A fault touches whom its radius allows and nobody else; at rate 0 it is exactly as if it were absent. Pure. */
import { createHash } from "node:crypto";
import type { BlastRadius, DrillFault, Latency } from "@orderwatch/shared/ops/drill-faults.ts";
import type { Origin } from "@orderwatch/shared/shop/orders.ts";

export type FaultKind = DrillFault["kind"];
export type FaultOf<K extends FaultKind> = Extract<DrillFault, { kind: K }>;

/** An order that comes by a fault; `origin` null where nobody could tell. */
export interface Subject {
  order: string;
  origin: Origin | null;
}

/** What one pass by a fault suffers. */
export interface Trouble {
  delayMs: number;
  fails: boolean;
}

/** z of the 99th percentile of the normal distribution. */
const z99 = 2.3263;
const longestDelayMs = 60_000;

/** Whether a fault of these figures does anything at all; such a one is held and reported, and never met. */
export function isIdle(fault: DrillFault): boolean {
  switch (fault.kind) {
    case "database":
    case "cache":
    case "supplier":
      return isCalm(fault);
    case "queue":
      return isCalm(fault) && !fault.dropRate;
    case "payment":
      return isCalm(fault) && !meetsCallbacks(fault);
    case "clock":
      return fault.offsetS === 0;
    case "full_queue":
    case "sold_out":
      return fault.rate === 0;
    default:
      return false;
  }
}

type Troubling = { errorRate?: number | undefined; latencyMs?: Latency | undefined };

const isCalm = ({ errorRate, latencyMs }: Troubling) => !errorRate && !latencyMs?.p99;

/** Whether a payment fault has anything to do with callbacks. */
export const meetsCallbacks = (fault: FaultOf<"payment">): boolean =>
  Boolean(fault.dropCallbacks || fault.duplicateCallbacks || fault.delayCallbacksMs);

/** A log-normal delay in ms with these percentiles; `normal` is a standard normal value. */
export function drawDelayMs({ p50, p99 }: Latency, normal: number): number {
  if (p99 === 0) return 0;
  const median = Math.max(1, p50);
  const sigma = Math.log(Math.max(p99, median) / median) / z99;
  return Math.min(longestDelayMs, median * Math.exp(sigma * normal));
}

/** A standard normal value out of two uniform ones (Box and Muller). */
const normalOf = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** What a pass suffers. Asks `random` only for what is set. */
export function drawTrouble(fault: Troubling, random: () => number): Trouble {
  return {
    delayMs: fault.latencyMs ? drawDelayMs(fault.latencyMs, normalOf(random)) : 0,
    fails: isHit(fault.errorRate, random),
  };
}

export const isHit = (rate: number | undefined, random: () => number): boolean =>
  rate !== undefined && rate > 0 && random() < rate;

/** 0 to 100, the same for an order in every process and at every point of a run. */
export function placeOf(run: string, order: string): number {
  return (createHash("sha256").update(`${run}\n${order}`).digest().readUInt32BE(0) / 2 ** 32) * 100;
}

/**
 * Whether a fault may touch this order: `limit` when the radius is full. An order whose origin is not known may be a
 * buyer's, so that only live traffic reaches it, and it counts as one.
 */
export function judge(
  radius: BlastRadius,
  run: string,
  touched: { orders: number; buyers: number; has(order: string): boolean },
  { order, origin }: Subject,
): "touch" | "spare" | "limit" {
  const isBuyers = origin === null || origin === "buyer";
  if (isBuyers && radius.traffic === "synthetic") return "spare";
  if (placeOf(run, order) >= radius.percent) return "spare";
  if (touched.has(order)) return "touch";
  if (touched.orders >= radius.orders || (isBuyers && touched.buyers >= radius.buyers)) return "limit";
  return "touch";
}
