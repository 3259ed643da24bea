import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { correctAccount } from "./accounts.ts";
import { sendBeacons } from "./beacons.ts";
import { buy } from "./buyer.ts";
import type { Market } from "./memory.ts";
import { planOrder, type Script } from "./plan.ts";

/**
 * Buyers one after another in a number of queues; those who wait for an order to expire wait beside them. Answers how many
 * orders were begun: all, unless it was `enough` before.
 */
export async function load(
  market: Market,
  options: { seed: number; orders: number; buyers: number; enough?: AbortSignal | undefined },
  onBegin: (n: number) => void,
): Promise<number> {
  const waiting = new Set<Promise<void>>();
  let next = 0;
  const track = (work: Promise<void>): Promise<void> => {
    const tracked = work.finally(() => waiting.delete(tracked));
    waiting.add(tracked);
    return tracked;
  };
  const queue = async () => {
    while (next < options.orders && !options.enough?.aborted) {
      const script = planOrder(options.seed, next++);
      onBegin(script.n);
      const visit = track(buy(market, script).then((paid) => afterwards(market, script, paid)));
      void track(sendBeacons(market, script));
      // Those who wait for something to happen do not keep the next from coming.
      const waits = script.watches || script.corrects !== undefined;
      if (script.way !== "pay_late" && script.way !== "hoard" && !waits) await visit;
    }
  };
  await Promise.all(Array.from({ length: options.buyers }, queue));
  await Promise.all(waiting);
  return next;
}

async function afterwards(market: Market, script: Script, paid: PlacedOrder | undefined): Promise<void> {
  const { corrects: account, address } = script;
  if (paid && account !== undefined) await correctAccount(market, paid, { account, address });
}
