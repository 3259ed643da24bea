import { readCounts } from "../../live/counts-store.ts";
import type { CountedSecond } from "../../live/hub.ts";
import { sumOfMeasures } from "../../live/measures.ts";
import { readMeasures } from "../../live/measures-store.ts";
import { addAll, tallyOfEvents } from "../../live/tally.ts";
import type { Sql } from "../../platform/db.ts";

/** An order that takes longer is counted as slow, in ms. */
export const slowMs = 200;

export interface Counted {
  second: number;
  counts: ReadonlyMap<string, number>;
}

/** Everything that conditions may count of one second, or of a longer step. */
export function countsOf({ second, tally, latency }: CountedSecond): Counted {
  const counts = new Map(tally);
  if (latency.count > 0) counts.set("timed", latency.count).set("slow", latency.countAbove(slowMs));
  return { second, counts };
}

/** The rollups' minutes from `from` to `to` (seconds since 1970 UTC) that anything is known of, oldest first. */
export async function readMinutes(sql: Sql, from: number, to: number): Promise<Counted[]> {
  const window = { stepS: 60, from, to };
  const [events, measures] = await Promise.all([
    readCounts(sql, { ...window, binS: 60 }),
    readMeasures(sql, window),
  ]);
  const eventsOf = Map.groupBy(events, ({ second }) => second);
  const measuresOf = Map.groupBy(measures, ({ second }) => second);
  const minutes = [...new Set([...eventsOf.keys(), ...measuresOf.keys()])].sort((a, b) => a - b);
  return minutes.map((second) => {
    const { tally, sketch } = sumOfMeasures(measuresOf.get(second) ?? []);
    addAll(tally, tallyOfEvents(eventsOf.get(second) ?? []));
    return countsOf({ second, tally, latency: sketch });
  });
}
