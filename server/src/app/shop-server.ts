import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import type { Express } from "express";
import type { Database } from "../platform/db.ts";
import { createAddressResolver } from "../platform/http/address.ts";
import { createExpress } from "../platform/http/express.ts";
import { toOpenApi } from "../platform/http/openapi.ts";
import { documentEndpoint, probeEndpoints } from "../platform/http/probes.ts";
import {
  createHttpServer,
  createServing,
  type HttpContext,
  type HttpServer,
} from "../platform/http/server.ts";
import type { OrderBackend } from "./order-backend.ts";

/** Everything that a shop answers over HTTP. It does not listen yet. `after` mounts what comes behind the API. */
export function createShopServer(
  options: Omit<HttpContext, "addressOf"> & {
    backend: Pick<OrderBackend, "hot" | "endpoints">;
    db: Database;
    production: boolean;
    shopUrl: string;
    trustedProxies: readonly string[];
    metricsToken: string | undefined;
    after?: (app: Express) => void;
  },
): HttpServer {
  const { backend, db, metrics, after } = options;
  const serving = createServing({ ...options, addressOf: createAddressResolver(options.trustedProxies) });
  const rest = createExpress({
    serving,
    production: options.production,
    endpoints: [
      // Known here too, for other methods and other ways to write the same address.
      ...backend.hot,
      ...backend.endpoints,
      ...probeEndpoints({
        metrics,
        metricsToken: options.metricsToken,
        whyNotReady: () =>
          db.sql.query("select 1").then(
            () => undefined,
            () => "the database does not answer",
          ),
      }),
      documentEndpoint(
        "/openapi.json",
        toOpenApi({ title: "Orderwatch shop", version: "1", url: options.shopUrl, routes: shopRoutes }),
      ),
    ],
    ...(after ? { after } : {}),
  });
  return createHttpServer({ serving, hot: backend.hot, rest });
}
