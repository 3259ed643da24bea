import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { Pool } from "undici";

export interface OrderLoad {
  /** Orders by their idempotency keys, as the shop answered them. */
  accepted: ReadonlyMap<string, PlacedOrder>;
  /** The one that was accepted last. */
  last(): PlacedOrder | undefined;
  /** Moments of successful answers, by `performance.now`. */
  answeredAt: readonly number[];
  /** Why tries failed: an answer's status or a connection's error. */
  failures: readonly string[];
  /** Sends no new orders; resolves when each that was sent has its answer. */
  stop(): Promise<void>;
}

const connections = 48;
const againMs = 10;

/**
 * Buyers in an open model: so many orders a second, whatever becomes of those before. A try that gets no order is made
 * again under the same key, as a buyer's page does.
 */
export function sendOrders(options: {
  shopUrl: string;
  /** What everybody buys, or what the nth buyer does. */
  sku: string | ((n: number) => { sku: string; rechargeAccount?: string });
  /** Called with each order that was accepted. */
  onAccepted?: (order: PlacedOrder) => void;
  /** Orders a second, so many seconds after the start. */
  rate: (second: number) => number;
}): OrderLoad {
  const pool = new Pool(options.shopUrl, { connections });
  const accepted = new Map<string, PlacedOrder>();
  const answeredAt: number[] = [];
  const failures: string[] = [];
  const waiting = new Set<Promise<void>>();
  let sent = 0;
  let last: PlacedOrder | undefined;

  const attempt = async (key: string, n: number): Promise<PlacedOrder | undefined> => {
    try {
      const answer = await pool.request({
        method: "POST",
        path: "/api/orders",
        headers: {
          "content-type": "application/json",
          "idempotency-key": key,
          "x-forwarded-for": `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
        },
        body: JSON.stringify({
          ...(typeof options.sku === "string" ? { sku: options.sku } : options.sku(n)),
          ...{ quantity: 1, paymentMethod: n % 2 ? "wechat" : "alipay", contact: {} },
        }),
      });
      const text = await answer.body.text();
      if (answer.statusCode === 201) return PlacedOrder.parse(JSON.parse(text));
      failures.push(`${answer.statusCode} ${text.slice(0, 200)}`);
    } catch (error) {
      failures.push(error instanceof Error && "code" in error ? String(error.code) : String(error));
    }
    return undefined;
  };
  const buy = async (n: number): Promise<void> => {
    const key = randomUUID();
    for (;;) {
      const order = await attempt(key, n);
      if (order) {
        answeredAt.push(performance.now());
        last = order;
        options.onAccepted?.(order);
        accepted.set(key, order);
        return;
      }
      await delay(againMs);
    }
  };

  const begunMs = performance.now();
  let due = 0;
  let lastMs = begunMs;
  const clock = setInterval(() => {
    const nowMs = performance.now();
    due += options.rate((nowMs - begunMs) / 1_000) * ((nowMs - lastMs) / 1_000);
    lastMs = nowMs;
    for (; sent < Math.floor(due); sent++) {
      const buying = buy(sent).finally(() => waiting.delete(buying));
      waiting.add(buying);
    }
  }, 5);

  return {
    accepted,
    last: () => last,
    answeredAt,
    failures,
    async stop() {
      clearInterval(clock);
      await Promise.all(waiting);
      await pool.close();
    },
  };
}

/** The longest time without a successful answer between two moments. */
export function longestGapMs(load: OrderLoad, fromMs: number, toMs: number): number {
  const moments = [fromMs, ...load.answeredAt.filter((at) => at > fromMs && at < toMs), toMs];
  return Math.max(...moments.slice(1).map((at, index) => at - (moments[index] ?? at)));
}
