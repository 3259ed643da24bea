import { randomBytes, randomUUID } from "node:crypto";
import autocannon from "autocannon";

/** Orders in a closed loop: as fast as `connections` can, each waiting for its answer before the next. */
export interface Load {
  url: string;
  connections: number;
  seconds: number;
}

export interface LoadResult {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  placed: number;
  /** Refused because of load. */
  refused: number;
  /** Any other answer than 201, and requests that got none. Anything but 0 makes the run void. */
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

async function run(load: Load): Promise<LoadResult> {
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
  const refused = result.statusCodeStats?.["503"]?.count ?? 0;
  const answered = Object.values(result.statusCodeStats ?? {}).reduce((sum, { count = 0 }) => sum + count, 0);
  return {
    perSecond: placed / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    placed,
    refused,
    others: answered - placed - refused + result.errors + result.timeouts,
  };
}

process.on("message", (load: Load) => {
  void run(load).then((result) => process.send?.(result));
});
