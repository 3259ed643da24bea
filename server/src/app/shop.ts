import { join } from "node:path";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import { systemClock } from "../platform/clock.ts";
import { createKeys } from "../platform/crypto.ts";
import { openDatabase } from "../platform/db.ts";
import { type Settings, SettingsError } from "../platform/env.ts";
import { createAddressResolver } from "../platform/http/address.ts";
import { createExpress } from "../platform/http/express.ts";
import { drain, listen } from "../platform/http/listening.ts";
import { toOpenApi } from "../platform/http/openapi.ts";
import { documentEndpoint, probeEndpoints } from "../platform/http/probes.ts";
import { createHttpServer, createServing } from "../platform/http/server.ts";
import { serveSinglePage } from "../platform/http/single-page.ts";
import { createIds } from "../platform/ids.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { migrate } from "../platform/migrations.ts";
import { listenOn, type Supervision } from "../platform/supervision.ts";
import { catalogEndpoints } from "../shop/catalog/routes.ts";
import { openMerchants } from "./merchants.ts";
import { openOrderBackend } from "./order-backend.ts";

const bundle = join(import.meta.dirname, "../../../web/dist/shop");

export interface Running {
  /** The port it accepts on; undefined for a standby. */
  port: number | undefined;
  close(): Promise<void>;
}

/**
 * A shop node. Under a supervisor it boots as a standby, with everything warm and delivering paid orders, and accepts
 * buyers when it is told to go; alone it accepts at once.
 */
export async function startShop(settings: Settings, supervision: Supervision | null): Promise<Running> {
  const databaseUrl = settings.database.url;
  if (databaseUrl === undefined)
    throw new SettingsError("DATABASE_URL", undefined, "a database when ROLE is shop");
  if (settings.secretKey === undefined)
    throw new SettingsError("SECRET_KEY", undefined, "the key of this installation");
  const log = createLog({ level: settings.logLevel, name: settings.nodeName });
  const metrics = createMetrics();
  const clock = systemClock;
  const newId = createIds(clock);
  const keys = createKeys(settings.secretKey);

  await migrate(databaseUrl);
  const db = openDatabase({ url: databaseUrl, name: settings.nodeName, max: 12, log });
  const backend = await openOrderBackend({
    db,
    databaseUrl,
    redisUrl: settings.redisUrl,
    keys,
    clock,
    newId,
    log,
    metrics,
    shopUrl: settings.shop.url,
    ...(await openMerchants(settings)),
    onRefused: () => undefined,
    onBeacon: () => undefined,
  });

  const serving = createServing({
    log,
    newId,
    addressOf: createAddressResolver(settings.trustedProxies),
    metrics,
  });
  const app = createExpress({
    serving,
    production: settings.production,
    endpoints: [
      ...backend.endpoints,
      ...catalogEndpoints({ db, clock }),
      ...probeEndpoints({
        metrics,
        metricsToken: settings.metricsToken,
        whyNotReady: () =>
          db.sql.query("select 1").then(
            () => undefined,
            () => "the database does not answer",
          ),
      }),
      documentEndpoint(
        "/openapi.json",
        toOpenApi({ title: "Orderwatch shop", version: "1", url: settings.shop.url, routes: shopRoutes }),
      ),
    ],
    after: (express) =>
      serveSinglePage(express, { folder: bundle, pages: ["/", "/o/:id", "/p/:sku", "/orders", "/status"] }),
  });
  const server = createHttpServer({ serving, hot: backend.hot, rest: app });

  const running: Running = {
    port: undefined,
    async close() {
      await drain(server);
      await backend.close();
      await db.close();
    },
  };
  if (supervision) {
    supervision.onGo((target) => listenOn(server, target));
    supervision.onDrain(() => drain(server));
    supervision.ready();
  } else {
    running.port = await listen(server, settings.shop.port, settings.host);
    log.info({ port: running.port }, "the shop accepts orders");
  }
  return running;
}
