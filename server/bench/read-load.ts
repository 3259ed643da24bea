import autocannon from "autocannon";

export interface ReadLoad {
  url: string;
  connections: number;
  seconds: number;
  headers?: Record<string, string>;
}

export interface ReadLoadResult {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers that were neither 200 nor 304, and requests that got none. */
  others: number;
}

async function run(load: ReadLoad): Promise<ReadLoadResult> {
  const { url, connections, seconds, headers = {} } = load;
  const result = await autocannon({ url, connections, duration: seconds, headers });
  const counts = Object.entries(result.statusCodeStats ?? {});
  const good = counts.reduce((sum, [code, { count = 0 }]) => sum + (/^(200|304)$/.test(code) ? count : 0), 0);
  const all = counts.reduce((sum, [, { count = 0 }]) => sum + count, 0);
  return {
    perSecond: good / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    others: all - good + result.errors + result.timeouts,
  };
}

process.on("message", (load: ReadLoad) => {
  void run(load).then((result) => process.send?.(result));
});
