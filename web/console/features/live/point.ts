import type { LiveFrame, LivePoint } from "@orderwatch/shared/live/frame.ts";

/** Counts of one step of time; `at` is its start in ms since 1970. */
export interface Point extends Omit<LivePoint, "t"> {
  at: number;
}

export type Counts = Readonly<Record<string, number>>;

export const secondMs = 1_000;
/** Width of a point in the series of the last hour. */
export const hourStepMs = 15_000;

export const pointOf = ({ t, ...counts }: LivePoint): Point => ({ at: Date.parse(t), ...counts });

/** A frame names the end of its second, a point its start. */
export const pointOfFrame = (frame: LiveFrame): Point => ({
  at: Date.parse(frame.t) - secondMs,
  placed: frame.placed,
  paid: frame.paid,
  delivered: frame.delivered,
  refunded: frame.refunded,
  failed: frame.failed,
  simulated: frame.simulated,
  refused: frame.refused,
  qps: frame.qps,
  latencyMs: frame.latencyMs,
  funnel: frame.funnel,
});

export const stepStart = (at: number, stepMs: number): number => Math.floor(at / stepMs) * stepMs;

/** The sum of two counts by code. */
export function addCounts(left: Counts, right: Counts): Record<string, number> {
  const sum: Record<string, number> = { ...left };
  for (const [code, count] of Object.entries(right)) sum[code] = (sum[code] ?? 0) + count;
  return sum;
}

/** The sum of all points' counts by code. */
export function sumCounts(points: readonly Point[], of: "failed" | "refused"): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const point of points)
    for (const [code, count] of Object.entries(point[of])) sum[code] = (sum[code] ?? 0) + count;
  return sum;
}

/** Seconds put together in steps of `stepMs` that begin at round times; the newest step may be short. */
export function coarser(seconds: readonly Point[], stepMs: number): Point[] {
  const steps: Point[] = [];
  let size = 0;
  for (const second of seconds) {
    const at = stepStart(second.at, stepMs);
    const last = steps.at(-1);
    if (last === undefined || last.at !== at) {
      steps.push({ ...second, at });
      size = 1;
    } else {
      size += 1;
      steps[steps.length - 1] = mergeInto(last, second, size);
    }
  }
  return steps;
}

/**
 * Puts a second into the step it belongs to. Counts add up; `qps` is the mean over the `seconds` so far. Percentiles
 * cannot be averaged, so the highest stands in: the merged one is never above it, and the next snapshot brings it.
 */
export function mergeInto(step: Point, second: Point, seconds: number): Point {
  const [a, b] = [step.latencyMs, second.latencyMs];
  return {
    at: step.at,
    placed: step.placed + second.placed,
    paid: step.paid + second.paid,
    delivered: step.delivered + second.delivered,
    refunded: step.refunded + second.refunded,
    failed: addCounts(step.failed, second.failed),
    refused: addCounts(step.refused, second.refused),
    simulated: {
      placed: step.simulated.placed + second.simulated.placed,
      paid: step.simulated.paid + second.simulated.paid,
      delivered: step.simulated.delivered + second.simulated.delivered,
      refunded: step.simulated.refunded + second.simulated.refunded,
      failed: step.simulated.failed + second.simulated.failed,
    },
    qps: step.qps + (second.qps - step.qps) / seconds,
    latencyMs:
      a === null || b === null
        ? (a ?? b)
        : { p50: Math.max(a.p50, b.p50), p95: Math.max(a.p95, b.p95), p99: Math.max(a.p99, b.p99) },
    funnel: {
      visit: step.funnel.visit + second.funnel.visit,
      product: step.funnel.product + second.funnel.product,
      checkout: step.funnel.checkout + second.funnel.checkout,
      placed: step.funnel.placed + second.funnel.placed,
      paid: step.funnel.paid + second.funnel.paid,
      delivered: step.funnel.delivered + second.funnel.delivered,
    },
  };
}
