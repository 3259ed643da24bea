import type { Notify } from "../ops/notify/actions.ts";
import { advanceSubscribers } from "../ops/status/subscriber-actions.ts";
import { startLoop } from "../platform/loop.ts";
import type { StockContext } from "../shop/stock/actions.ts";

const everyMs = 1_000;

/** Brings news of the public status to its subscribers, until it is stopped. */
export const startSubscriberDesk = (context: StockContext & { notify: Notify; shopUrl: string }) =>
  startLoop({
    ...{ name: "tell-subscribers", everyMs, log: context.log },
    work: () => advanceSubscribers({ ...context, statusUrl: `${context.shopUrl}/status` }),
  });
