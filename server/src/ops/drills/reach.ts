import type { Drill } from "@orderwatch/shared/ops/drills.ts";
import { isUnbounded } from "./domain.ts";
import type { CountedStep } from "./figures.ts";

/** Orders that a run would meet, and how many of them are buyers', at today's rates; upwards where it does not divide. */
export interface Reach {
  orders: number;
  buyers: number;
}

/**
 * What strikes a process, or what it stands on, meets everybody who orders meanwhile, whatever the radius says: buyers by
 * their share of the last hour's orders. Everything else stays within its traffic and its radius. Where nobody ordered in
 * the last hour, whoever comes may be a buyer. `placedRate`: orders a second now; null falls back to the last hour's.
 */
export function reachOf(
  { faults, radius, durationS }: Pick<Drill, "faults" | "radius" | "durationS">,
  placedRate: number | null,
  hour: readonly CountedStep[],
): Reach {
  const placed = hour.reduce((all, step) => all + step.placed, 0);
  const simulated = hour.reduce((all, step) => all + step.simulated.placed, 0);
  const buyersShare = placed === 0 ? 1 : Math.max(0, placed - simulated) / placed;
  const expected = (placedRate ?? placed / hourS) * durationS;
  if (faults.some(isUnbounded))
    return { orders: Math.ceil(expected), buyers: Math.ceil(expected * buyersShare) };
  const within = (expected * radius.percent) / 100;
  const buyers = radius.traffic === "live" ? Math.min(Math.ceil(within * buyersShare), radius.buyers) : 0;
  const met = radius.traffic === "live" ? within : within * (1 - buyersShare);
  return { orders: Math.min(Math.ceil(met), radius.orders), buyers };
}

const hourS = 3_600;
