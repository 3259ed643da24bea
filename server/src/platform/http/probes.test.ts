import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { createIds } from "../ids.ts";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { createAddressResolver } from "./address.ts";
import { createExpress } from "./express.ts";
import { probeEndpoints } from "./probes.ts";
import { createHttpServer, createServing } from "./server.ts";

const token = "a-metrics-token-of-length";
let close: (() => void) | undefined;
afterEach(() => close?.());

async function start(options: {
  metricsToken?: string;
  whyNotReady?: string;
  onLook?: () => void;
}): Promise<string> {
  const metrics = createMetrics();
  const serving = createServing({
    log: createLog({ level: "silent", name: "test" }),
    newId: createIds(systemClock),
    addressOf: createAddressResolver(["loopback"]),
    metrics,
  });
  const endpoints = probeEndpoints({
    whyNotReady: async () => {
      options.onLook?.();
      return options.whyNotReady;
    },
    metrics,
    metricsToken: options.metricsToken,
  });
  const app = createExpress({ serving, endpoints, production: false });
  const server = createHttpServer({ serving, hot: [], rest: app });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => server.close();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const status = async (url: string, headers: Record<string, string> = {}) =>
  (await fetch(url, { headers })).status;

describe("probes", () => {
  test("a process that lives but cannot serve says so, with its reason", async () => {
    const url = await start({ whyNotReady: "The database does not answer" });
    expect(await status(`${url}/healthz`)).toBe(200);
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      code: "server.busy",
      detail: "The database does not answer",
    });
  });

  test("anybody may ask whether it can serve, as often as they like, and costs one look", async () => {
    let looks = 0;
    const url = await start({
      onLook: () => {
        looks += 1;
      },
    });
    const asked = Array.from({ length: 100 }, () => status(`${url}/readyz`));
    expect(new Set(await Promise.all(asked))).toEqual(new Set([200]));
    // One more for each moment that this machine takes longer over it.
    expect(looks).toBeLessThan(10);
  });

  test("metrics without a token are for this machine, not for what a proxy on it passes on", async () => {
    const url = await start({});
    const answer = await fetch(`${url}/metrics`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("process_cpu_seconds_total");
    expect(await status(`${url}/metrics`, { "x-forwarded-for": "127.0.0.1" })).toBe(403);
    expect(await status(`${url}/metrics`, { forwarded: "for=127.0.0.1" })).toBe(403);
  });

  test("metrics with a token are for whoever shows it", async () => {
    const url = await start({ metricsToken: token });
    expect(await status(`${url}/metrics`)).toBe(401);
    expect(await status(`${url}/metrics`, { authorization: "Bearer wrong" })).toBe(401);
    const headers = { authorization: `Bearer ${token}`, "x-forwarded-for": "203.0.113.9" };
    expect(await status(`${url}/metrics`, headers)).toBe(200);
  });
});
