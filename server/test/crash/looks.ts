import { setTimeout as delay } from "node:timers/promises";
import { checkMoment, type Violation } from "../../src/shop/invariants/actions.ts";
import { unlessAway, type World } from "./world.ts";

/** Looks in the middle of it all, and those that found PostgreSQL away. */
export interface Looks {
  done: number;
  missed: number;
}

/** Between two looks so many times as long as a look takes, and never less than two seconds. */
const looksRest = 20;
const leastRestMs = 2_000;

/** What holds at every moment is looked at in the middle of it all. */
export async function keepLooking(
  world: World,
  looks: Looks,
  violations: Violation[],
  signal: AbortSignal,
): Promise<void> {
  let restMs = leastRestMs;
  while (!signal.aborted) {
    await delay(restMs, undefined, { signal }).catch(() => undefined);
    const begun = performance.now();
    const found = await unlessAway(() => checkMoment(world.sql));
    restMs = Math.max(leastRestMs, looksRest * (performance.now() - begun));
    if (found) looks.done += 1;
    else looks.missed += 1;
    if (violations.length < 10)
      violations.push(...(found ?? []).map((each) => ({ ...each, what: `${each.what}, under way` })));
  }
}
