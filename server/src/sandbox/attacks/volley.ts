import { setTimeout as sleep } from "node:timers/promises";
import type { Activity } from "../../platform/faults/activity.ts";
import type { Logger } from "../../platform/log.ts";
import { OutboundError } from "../../platform/outbound.ts";

/** Requests under way at once, for every one that goes out in a second. */
const ROOM_PER_SECOND = 3;

/** One request of an attack; true when it placed an order. Throws OutboundError when it got no answer. */
export type Shot = (number: number, signal: AbortSignal) => Promise<boolean>;

export interface VolleyBounds {
  perSecond: number;
  /** Requests in all. */
  atMost: number;
  /** Orders that it may place, where it places any: one that is under way counts until it is answered. */
  orders?: number;
}

/** Sends requests at a steady rate, and never more than its bounds allow, however slowly they are answered. */
export function startVolley(shoot: Shot, bounds: VolleyBounds, log: Logger): Activity {
  const stop = new AbortController();
  const underWay = new Set<Promise<void>>();
  let sent = 0;
  let placed = 0;
  let unanswered = 0;
  const { perSecond, atMost, orders = Number.POSITIVE_INFINITY } = bounds;

  const sendOne = (): void => {
    if (underWay.size >= perSecond * ROOM_PER_SECOND || placed + underWay.size >= orders) return;
    const number = sent;
    sent += 1;
    const one = shoot(number, stop.signal)
      .then((isOrder) => {
        if (isOrder) placed += 1;
      })
      .catch((error: unknown) => {
        if (!(error instanceof OutboundError)) log.error({ err: error }, "an attack's request broke");
        if (!stop.signal.aborted) unanswered += 1;
        // It may have placed one all the same.
        if (bounds.orders !== undefined) placed += 1;
      })
      .finally(() => underWay.delete(one));
    underWay.add(one);
  };

  const loop = async (): Promise<void> => {
    let dueMs = performance.now();
    while (sent < atMost && placed < orders) {
      sendOne();
      // What a pause of this process made it miss is not made up for.
      dueMs = Math.max(dueMs + 1000 / perSecond, performance.now());
      await sleep(Math.max(0, dueMs - performance.now()), undefined, { signal: stop.signal });
    }
  };
  const looping = loop().catch((error: unknown) => {
    if (!stop.signal.aborted) log.error({ err: error }, "an attack ended early");
  });

  return {
    touched: () => ({ orders: placed, buyers: 0, passes: sent }),
    detail() {
      // The last one is not over before it is answered.
      if (sent >= atMost && underWay.size === 0) return `all ${atMost} requests were sent`;
      if (placed >= orders) return `the blast radius of ${orders} orders is used up`;
      return unanswered > 0 ? `${unanswered} requests were not answered` : undefined;
    },
    lingers: () => underWay.size > 0,
    async stop() {
      stop.abort();
      await Promise.all([looping, ...underWay]);
    },
  };
}
