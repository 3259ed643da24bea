import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Activity } from "../../platform/faults/activity.ts";
import type { Logger } from "../../platform/log.ts";
import { Counter, Gauge, type Registry } from "../../platform/metrics.ts";
import { signOrigin } from "../../platform/origin.ts";
import { callOutbound, OutboundError } from "../../platform/outbound.ts";
import { inventPerson, type Journey, nextArrivalMs, orderShare, planJourney } from "./domain.ts";
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

export interface Shoppers {
  /**
   * So many times as many come until it is stopped, `orders` of those beyond the ordinary at most on their way to an
   * order: a share of them gives up before, so that never more is ordered. `byMinute`: how many times as many in each of its
   * minutes, `factor` at most; the last one goes on.
   */
  surge(factor: number, orders: number, byMinute?: readonly number[]): Activity;
  close(): Promise<void>;
}

/** Sends visitors to the shop from when it is ready until `close`. Nothing that happens to one of them ends the others. */
export function startShoppers(options: ShoppersOptions): Shoppers {
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
  const roomFor = (factor: number) => options.room ?? ROOM + Math.ceil(perSecond * factor * ROOM_PER_VISITOR);
  const surges = new Set<{ factor: number }>();

  const send = (visitor: Random, journey: Journey): boolean => {
    const factor = [...surges].reduce((sum, surge) => sum + surge.factor - 1, 1);
    if (running.size >= roomFor(factor)) {
      visitors.inc({ fate: "turned_away" });
      return false;
    }
    const one = runVisit(options, visitor, journey, stop.signal)
      .then((fate) => visitors.inc({ fate }))
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        visitors.inc({ fate: error instanceof ShopRefusal ? "refused" : "broken" });
        if (error instanceof ShopRefusal) options.log.debug({ refusal: error.code }, "a shopper was refused");
        else options.log.error({ err: error }, "a shopper broke");
      })
      .finally(() => running.delete(one));
    running.add(one);
    return true;
  };

  /** Visitors come at this rate until the signal; the loop falls behind rather than sending everybody at once. */
  const arrive = async (rate: number, sendOne: () => void, signal: AbortSignal): Promise<void> => {
    await untilReady(options.shopUrl, signal);
    let dueMs = options.clock.now().getTime();
    while (!signal.aborted) {
      const nowMs = options.clock.now().getTime();
      if (nowMs - dueMs > FORGET_AFTER_MS) dueMs = nowMs;
      dueMs = nextArrivalMs(dueMs, rate, random);
      if (dueMs > nowMs) await sleep(dueMs - nowMs, undefined, { signal });
      sendOne();
    }
  };
  const keepArriving = (rate: number, sendOne: () => void, signal: AbortSignal): Promise<void> =>
    arrive(rate, sendOne, signal).catch((error: unknown) => {
      if (!signal.aborted) options.log.error({ err: error }, "no more shoppers come");
    });
  const sendOne = () => {
    const visitor = forkRandom(random);
    send(visitor, planJourney(visitor));
  };
  const looping = keepArriving(perSecond, sendOne, stop.signal);

  const surge = (factor: number, orders: number, byMinute: readonly number[] = [factor]): Activity => {
    const beganMs = options.clock.now().getTime();
    // They arrive as at the height of it, and of those as many come in as this minute wants.
    const wanted = () => {
      const minute = Math.floor((options.clock.now().getTime() - beganMs) / 60_000);
      const now = Math.min(factor, byMinute[minute] ?? byMinute.at(-1) ?? factor);
      return (now - 1) / (factor - 1);
    };
    const over = new AbortController();
    const one = { factor };
    const touched = { orders: 0, buyers: 0, passes: 0 };
    surges.add(one);
    const sendAnother = () => {
      if (random() >= wanted()) return;
      const visitor = forkRandom(random);
      const journey = planJourney(visitor);
      const ordering = journey.reaches === "order" ? 1 : 0;
      if (touched.orders + ordering > orders || !send(visitor, journey)) return;
      touched.passes += 1;
      touched.orders += ordering;
    };
    const signal = AbortSignal.any([stop.signal, over.signal]);
    const more = perSecond * (factor - 1);
    const arriving = more > 0 ? keepArriving(more, sendAnother, signal) : undefined;
    return {
      touched: () => ({ ...touched }),
      detail: () =>
        touched.orders >= orders ? `the blast radius of ${orders} orders is used up` : undefined,
      async stop() {
        over.abort();
        surges.delete(one);
        await arriving;
      },
    };
  };

  return {
    surge,
    async close() {
      stop.abort();
      await Promise.all([looping, ...running]);
    },
  };
}

async function runVisit(options: ShoppersOptions, random: Random, journey: Journey, signal: AbortSignal) {
  const person = inventPerson(random);
  const origin = signOrigin(options.keys, "simulated", person.session);
  return await visit(new ShopClient(options, person, origin, signal), person, journey, signal);
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
