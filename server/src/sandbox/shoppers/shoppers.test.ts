import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../platform/clock.ts";
import { createKeys } from "../../platform/crypto.ts";
import { createLog } from "../../platform/log.ts";
import { Registry } from "../../platform/metrics.ts";
import { originHeader, verifyOrigin } from "../../platform/origin.ts";
import { type Shoppers, startShoppers } from "./shoppers.ts";

/** A busy machine may take its time; a wait ends as soon as its condition holds. */
const patience = { timeout: 10_000 };

const keys = createKeys("a master key of this test and nothing else");
let server: Server;
let shopUrl: string;
let metrics: Registry;
let answer: RequestListener;
let shoppers: Shoppers | undefined;

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  shopUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  metrics = new Registry();
});
afterEach(async () => {
  await shoppers?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function start(room?: number): Shoppers {
  shoppers = startShoppers({
    ordersPerSecond: 100,
    shopUrl,
    sandboxUrl: shopUrl,
    keys,
    log: createLog({ level: "silent", name: "test" }),
    metrics,
    clock: systemClock,
    seed: 1,
    ...(room === undefined ? {} : { room }),
  });
  return shoppers;
}

async function visits(fate: string): Promise<number> {
  const { values } = (await metrics.getSingleMetric("shopper_visits_total")?.get()) ?? { values: [] };
  return values.find(({ labels }) => labels.fate === fate)?.value ?? 0;
}

describe("shoppers", () => {
  it("come only when the shop is ready, and own up to being simulated, each from an address of their own", async () => {
    let asked = 0;
    const early: string[] = [];
    const origins = new Set<string>();
    const addresses = new Set<string>();
    answer = (request, response) => {
      if (request.url === "/readyz") asked += 1;
      else if (asked < 2) early.push(request.url ?? "");
      else {
        origins.add(verifyOrigin(keys, String(request.headers[originHeader])).origin);
        addresses.add(String(request.headers["x-forwarded-for"]));
      }
      response.writeHead(asked < 2 ? 503 : 200).end("{}");
    };
    start();
    await expect.poll(() => addresses.size, patience).toBeGreaterThan(10);
    expect(early).toEqual([]);
    expect([...origins]).toEqual(["simulated"]);
  });

  it("do not wait for a slow shop: who finds no room is turned away and counted", async () => {
    let inShop = 0;
    let most = 0;
    answer = (request, response) => {
      if (request.url === "/readyz") response.end("{}");
      else {
        inShop += 1;
        most = Math.max(most, inShop);
      }
    };
    start(5);
    await expect.poll(() => most, patience).toBeGreaterThanOrEqual(5);
    await expect.poll(() => visits("turned_away"), patience).toBeGreaterThan(20);
    expect(most).toBe(5);
  });

  it("outlive a shop that answers nonsense or breaks off", async () => {
    let count = 0;
    answer = (request, response) => {
      count += 1;
      if (request.url === "/readyz") response.end("{}");
      else if (count % 3 === 0) response.destroy();
      else response.writeHead(count % 3 === 1 ? 500 : 200).end("<html>");
    };
    start();
    await expect.poll(() => visits("refused"), patience).toBeGreaterThan(50);
    expect(await visits("broken")).toBe(0);
  });

  it("O9: surge until it is stopped, no more of them to an order than the blast radius has; once as often is no surge", async () => {
    answer = (_request, response) => response.end("{}");
    const all = start(10_000);
    const none = all.surge(1, 1_000);
    const surge = all.surge(3, 12);
    await expect.poll(() => surge.detail(), patience).toContain("12 orders");
    await expect.poll(() => surge.touched().passes, patience).toBeGreaterThan(40);
    await surge.stop();
    const over = surge.touched();
    expect(over).toMatchObject({ orders: 12, buyers: 0 });
    const before = await visits("refused");
    await expect.poll(() => visits("refused"), patience).toBeGreaterThan(before + 50);
    expect(surge.touched()).toEqual(over);
    expect(none.touched().passes).toBe(0);
    await none.stop();
  });

  it("surge minute by minute where that is told: as often as ever in a minute that wants no more", async () => {
    answer = (_request, response) => response.end("{}");
    const all = start(10_000);
    const calm = all.surge(3, 1_000, [1, 3]);
    const crowd = all.surge(3, 1_000, [3]);
    await expect.poll(() => crowd.touched().passes, patience).toBeGreaterThan(40);
    expect(calm.touched().passes).toBe(0);
    await Promise.all([calm.stop(), crowd.stop()]);
  });
});
