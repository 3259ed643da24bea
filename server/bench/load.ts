import { randomBytes, randomUUID } from "node:crypto";
import autocannon from "autocannon";
import { Pool } from "undici";
import { quantile } from "./figures.ts";

/**
 * What to send: `rate` undefined is as fast as `connections` can; else an open model of so many orders a second, which
 * come evenly whatever the answers do, and whose latency counts from the moment that each was to be sent. (autocannon's
 * own rate sends a second's orders as fast as it can and then rests, so it measures a closed loop.)
 */
export interface Load {
  url: string;
  connections: number;
  seconds: number;
  rate?: number;
}

export interface LoadResult {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  placed: number;
  /** Answers that were not 201, and requests that got none. Anything but 0 makes the run void. */
  others: number;
}

let sent = 0;

/** Buyers, each from an address of its own, half paying with Alipay and half with WeChat. */
function nextOrder(): { headers: Record<string, string>; body: string } {
  sent += 1;
  const address = randomBytes(3);
  return {
    headers: {
      "content-type": "application/json",
      "idempotency-key": randomUUID(),
      "x-forwarded-for": `10.${address[0]}.${address[1]}.${address[2]}`,
    },
    body: JSON.stringify({
      sku: "BENCH",
      quantity: 1,
      paymentMethod: sent % 2 === 0 ? "alipay" : "wechat",
      contact: { phone: `138${String(sent % 100_000_000).padStart(8, "0")}` },
      session: "bench-session-1",
    }),
  };
}

async function runClosed(load: Load): Promise<LoadResult> {
  const result = await autocannon({
    url: load.url,
    connections: load.connections,
    duration: load.seconds,
    requests: [
      {
        method: "POST",
        path: "/api/orders",
        setupRequest: (request) => ({ ...request, ...nextOrder() }),
      },
    ],
  });
  const placed = result.statusCodeStats?.["201"]?.count ?? 0;
  const answered = Object.values(result.statusCodeStats ?? {}).reduce((sum, { count = 0 }) => sum + count, 0);
  return {
    perSecond: placed / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    placed,
    others: answered - placed + result.errors + result.timeouts,
  };
}

/** Connections are opened and code is compiled before it counts: a shop at work has done both. */
const warmSeconds = 2;

async function runOpen(load: Load & { rate: number }): Promise<LoadResult> {
  const warming = Math.round(load.rate * warmSeconds);
  const pool = new Pool(load.url, { connections: load.connections, pipelining: 1 });
  const latencies: number[] = [];
  let others = 0;
  const send = async (place: number): Promise<void> => {
    const dueAt = begun + place / (load.rate / 1000);
    try {
      const answer = await pool.request({ path: "/api/orders", method: "POST", ...nextOrder() });
      await answer.body.dump();
      if (answer.statusCode !== 201) others += 1;
      else if (place >= warming) latencies.push(performance.now() - dueAt);
    } catch {
      // Whatever went wrong, the run is void; the shop's own log says why.
      others += 1;
    }
  };
  const underway: Promise<void>[] = [];
  const begun = performance.now();
  const total = warming + Math.round(load.rate * load.seconds);
  while (underway.length < total) {
    const due = (performance.now() - begun) * (load.rate / 1000);
    while (underway.length < Math.min(due, total)) underway.push(send(underway.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(underway);
  await pool.close();
  return {
    perSecond: latencies.length / load.seconds,
    p50Ms: Math.round(quantile(latencies, 0.5)),
    p99Ms: Math.round(quantile(latencies, 0.99)),
    placed: latencies.length,
    others,
  };
}

const run = (load: Load): Promise<LoadResult> =>
  load.rate === undefined ? runClosed(load) : runOpen({ ...load, rate: load.rate });

process.on("message", (load: Load) => {
  void run(load).then((result) => process.send?.(result));
});
