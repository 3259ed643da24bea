import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestContext, type TestContext, testSecretKey } from "../../test/context.ts";
import { freePorts } from "../../test/free-ports.ts";
import { readSettings, type Settings } from "../platform/env.ts";
import { createAddressResolver } from "../platform/http/address.ts";
import { createExpress } from "../platform/http/express.ts";
import { drain, listen } from "../platform/http/listening.ts";
import { probeEndpoints } from "../platform/http/probes.ts";
import { createHttpServer, createServing } from "../platform/http/server.ts";
import { createMetrics } from "../platform/metrics.ts";
import { seedDemoProducts } from "../shop/stock/demo-actions.ts";
import { openMerchants } from "./merchants.ts";
import { openOrderBackend } from "./order-backend.ts";
import { startSandbox } from "./sandbox.ts";

let folder: string;
let context: TestContext;
let settings: Settings;
let backend: Awaited<ReturnType<typeof openOrderBackend>>;
let server: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandbox-app-"));
  context = await createTestContext();
  const [shopPort, sandboxPort] = await freePorts(2);
  settings = readSettings({
    DATABASE_URL: context.url,
    DATA_DIR: folder,
    SECRET_KEY: testSecretKey,
    SHOP_PORT: String(shopPort),
    SANDBOX_PORT: String(sandboxPort),
    SIMULATE: "60",
    LOG_LEVEL: "silent",
  });
  await seedDemoProducts(context);
  const metrics = createMetrics();
  backend = await openOrderBackend({
    ...context,
    databaseUrl: context.url,
    redisUrl: undefined,
    metrics,
    shopUrl: settings.shop.url,
    ...(await openMerchants(settings)),
    onRefused: () => undefined,
    onBeacon: () => undefined,
  });
  const serving = createServing({
    ...context,
    metrics,
    addressOf: createAddressResolver(settings.trustedProxies),
  });
  const rest = createExpress({
    serving,
    production: false,
    endpoints: [
      ...backend.endpoints,
      ...probeEndpoints({ metrics, metricsToken: undefined, whyNotReady: async () => undefined }),
    ],
  });
  server = createHttpServer({ serving, hot: backend.hot, rest });
  await listen(server, settings.shop.port, settings.host);
});
afterAll(async () => {
  await drain(server);
  await backend.close();
  await context.close();
  await rm(folder, { recursive: true, force: true });
});

describe("simulated shoppers", () => {
  it("O10: order, pay and are delivered like anyone, in both ways and both kinds, and never count as buyers", async () => {
    await context.db.sql.query(
      `insert into products (id, sku, name, kind, price_fen, created_at, updated_at)
        values ($1, 'owners-own', 'A recharge of the owner', 'recharge', 100, now(), now())`,
      [context.newId()],
    );
    const sandbox = await startSandbox(settings, null);
    const orders = async () => {
      const { rows } = await context.db.sql.query(
        `select o.origin, o.status, o.payment_method as method, p.sku, count(*)::int as orders
          from orders o join order_lines l on l.order_id = o.id join products p on p.id = l.product_id
          group by 1, 2, 3, 4`,
      );
      return rows;
    };
    const delivered = async (match: { method?: string; sku?: RegExp }) =>
      (await orders())
        .filter(
          ({ status, method, sku }) =>
            status === "delivered" && (match.method ?? method) === method && (match.sku ?? /./).test(sku),
        )
        .reduce((sum, row) => sum + row.orders, 0);
    try {
      const patience = { timeout: 20_000 };
      await expect.poll(() => delivered({ method: "wechat" }), patience).toBeGreaterThan(10);
      await expect.poll(() => delivered({ method: "alipay" }), patience).toBeGreaterThan(10);
      await expect.poll(() => delivered({ sku: /^(phone-50|coins-648)$/ }), patience).toBeGreaterThan(0);
    } finally {
      await sandbox.close();
    }
    const all = await orders();
    expect(all.filter(({ origin }) => origin !== "simulated")).toEqual([]);
    expect(all.filter(({ sku }) => sku === "owners-own")).toEqual([]);
  });
});
