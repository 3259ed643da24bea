import { setTimeout as delay } from "node:timers/promises";
import { isKill, planStrikes, type Strike } from "./plan.ts";
import type { World } from "./world.ts";

type StrikeOptions = Parameters<typeof planStrikes>[1] & { seed: number; enough?: AbortSignal | undefined };

/** Strikes when so many orders have been begun. */
export function createStriker(world: World, options: StrikeOptions) {
  const strikes = planStrikes(options.seed, options);
  const done: Strike[] = [];
  const underway = new Set<Promise<void>>();
  const track = (work: Promise<void>) => {
    const tracked = work.finally(() => underway.delete(tracked));
    underway.add(tracked);
  };
  const begin = async (strike: Strike): Promise<void> => {
    if ("kill" in strike) await world.kill(strike.kill);
    // Another fault may wait at the same point; it is taken sooner or later, unless nobody comes by any more.
    else
      while (!world.faults.plant(strike.point, strike.fault)) {
        if (options.enough?.aborted) return;
        await delay(200);
      }
    done.push(strike);
  };
  return {
    at(n: number) {
      while (strikes[0] && strikes[0].atOrder <= n) {
        const strike = strikes.shift();
        if (strike) track(begin(strike));
      }
    },
    async idle() {
      while (underway.size > 0)
        await Promise.race([Promise.all(underway), delay(20_000)]).then(() => undefined);
    },
    tally(unstruck: string[]) {
      const suffered = done.filter((strike) => "kill" in strike || !unstruck.includes(strike.point));
      const kills = suffered.filter(isKill);
      const killsOf: Record<string, number> = {};
      for (const strike of kills) {
        const what = "kill" in strike ? strike.kill : `at ${strike.point}`;
        killsOf[what] = (killsOf[what] ?? 0) + 1;
      }
      return { kills: kills.length, killsOf, disturbances: suffered.length - kills.length };
    },
  };
}
