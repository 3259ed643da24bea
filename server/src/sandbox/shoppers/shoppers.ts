import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Logger } from "../../platform/log.ts";
import { Counter, Gauge, type Registry } from "../../platform/metrics.ts";
import { signOrigin } from "../../platform/origin.ts";
import { callOutbound, OutboundError } from "../../platform/outbound.ts";
import { inventPerson, nextArrivalMs, orderShare, planJourney } from "./domain.ts";
import { forkRandom, type Random, seededRandom } from "./random.ts";
import { ShopClient, ShopRefusal } from "./shop-client.ts";
import { visit } from "./visit.ts";

/** Room for this many visitors, and more for every one that comes in a second. */
const ROOM = 40;
const ROOM_PER_VISITOR = 8;
const LOOK_AGAIN_MS = 500;
/** A loop that fell behind by more than this starts anew instead of sending everybody at once. */
const FORGET_AFTER_MS = 2000;

export interface ShoppersOptions {
  /** Orders a second, on the day's average. */
  ordersPerSecond: number;
  shopUrl: string;
  sandboxUrl: string;
  keys: Keys;
  log: Logger;
  metrics: Registry;
  clock: Clock;
  seed?: number;
  /** Visitors that may be in the shop at once; from the rate when absent. */
  room?: number;
}

/** Sends visitors to the shop from when it is ready until `close`. Nothing that happens to one of them ends the others. */
export function startShoppers(options: ShoppersOptions): { close(): Promise<void> } {
  const stop = new AbortController();
  const running = new Set<Promise<void>>();
  const random = seededRandom(options.seed ?? randomInt(2 ** 32));
  const visitors = new Counter({
    name: "shopper_visits_total",
    help: "Simulated visits by what became of them; turned_away ones found too many others before them",
    labelNames: ["fate"] as const,
    registers: [options.metrics],
  });
  new Gauge({
    name: "shopper_visits_running",
    help: "Simulated visitors in the shop now",
    registers: [options.metrics],
    collect() {
      this.set(running.size);
    },
  });
  const perSecond = options.ordersPerSecond / orderShare;
  const room = options.room ?? ROOM + Math.ceil(perSecond * ROOM_PER_VISITOR);

  const sendOne = (): void => {
    if (running.size >= room) {
      visitors.inc({ fate: "turned_away" });
      return;
    }
    const one = runVisit(options, forkRandom(random), stop.signal)
      .then((fate) => visitors.inc({ fate }))
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        visitors.inc({ fate: error instanceof ShopRefusal ? "refused" : "broken" });
        if (error instanceof ShopRefusal) options.log.debug({ refusal: error.code }, "a shopper was refused");
        else options.log.error({ err: error }, "a shopper broke");
      })
      .finally(() => running.delete(one));
    running.add(one);
  };

  const loop = async (): Promise<void> => {
    await untilReady(options.shopUrl, stop.signal);
    let dueMs = options.clock.now().getTime();
    while (!stop.signal.aborted) {
      const nowMs = options.clock.now().getTime();
      if (nowMs - dueMs > FORGET_AFTER_MS) dueMs = nowMs;
      dueMs = nextArrivalMs(dueMs, perSecond, random);
      if (dueMs > nowMs) await sleep(dueMs - nowMs, undefined, { signal: stop.signal });
      sendOne();
    }
  };
  const looping = loop().catch((error: unknown) => {
    if (!stop.signal.aborted) options.log.error({ err: error }, "no more shoppers come");
  });

  return {
    async close() {
      stop.abort();
      await Promise.all([looping, ...running]);
    },
  };
}

async function runVisit(options: ShoppersOptions, random: Random, signal: AbortSignal) {
  const person = inventPerson(random);
  const origin = signOrigin(options.keys, "simulated", person.session);
  return await visit(new ShopClient(options, person, origin, signal), person, planJourney(random), signal);
}

async function untilReady(shopUrl: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      const answer = await callOutbound({
        url: `${shopUrl}/readyz`,
        method: "GET",
        timeoutMs: 2000,
        maxBytes: 64 * 1024,
      });
      if (answer.status === 200) return;
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
}
