import { createServer, type Server } from "node:http";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import type { Express } from "express";
import type { Database } from "../platform/db.ts";
import { createAddressResolver } from "../platform/http/address.ts";
import type { Endpoint } from "../platform/http/endpoint.ts";
import { createExpress } from "../platform/http/express.ts";
import type { Gate } from "../platform/http/gate.ts";
import { toOpenApi } from "../platform/http/openapi.ts";
import { documentEndpoint, probeEndpoints } from "../platform/http/probes.ts";
import {
  createHttpServer,
  createServing,
  type HttpContext,
  type HttpServer,
} from "../platform/http/server.ts";
import type { OrderBackend } from "./order-backend.ts";

type Common = Omit<HttpContext, "addressOf"> & {
  db: Database;
  production: boolean;
  trustedProxies: readonly string[];
  metricsToken: string | undefined;
  gate?: Gate;
};

/** Longer than any company that a buyer's request waits for may take. */
const answerWithinMs = 8_000;
/** Longer than answers take, and than the pause between two beats of an order's stream. */
const idleMs = 45_000;

/** Everything that a shop answers over HTTP. It does not listen yet. `after` mounts what comes behind the API. */
export function createShopServer(
  options: Common & {
    backend: Pick<OrderBackend, "hot" | "endpoints">;
    shopUrl: string;
    after?: (app: Express) => void;
  },
): HttpServer {
  const { backend, after } = options;
  const serving = serve(options);
  const rest = createExpress({
    serving,
    production: options.production,
    endpoints: [
      // Known here too, for other methods and other ways to write the same address.
      ...backend.hot,
      ...backend.endpoints,
      ...probes(options),
      documentEndpoint(
        "/openapi.json",
        toOpenApi({ title: "Orderwatch shop", version: "1", url: options.shopUrl, routes: shopRoutes }),
      ),
    ],
    ...(after ? { after } : {}),
  });
  return createHttpServer({ serving, hot: backend.hot, rest, idleMs, ...gated(options) });
}

/** What a process answers that takes no orders: the payment companies, where they are its part, and the probes. */
export function createPartServer(options: Common & { callbacks: readonly Endpoint[] }): HttpServer {
  const serving = serve(options);
  const rest = createExpress({
    serving,
    production: options.production,
    endpoints: [...options.callbacks, ...probes(options)],
  });
  return createHttpServer({ serving, hot: options.callbacks, rest, idleMs, ...gated(options) });
}

/** A second door to a shop for the payment companies alone. */
export function createCallbackDoor(shop: HttpServer, callbacks: readonly Endpoint[]): Server {
  const paths = new Set(callbacks.map(({ path }) => path));
  const door = createServer((request, response) => {
    if (paths.has((request.url ?? "/").split("?", 1)[0] ?? "/")) shop.emit("request", request, response);
    else response.writeHead(404, { "content-length": 0 }).end();
  });
  door.timeout = idleMs;
  return door;
}

const serve = (options: Common) =>
  createServing({ ...options, answerWithinMs, addressOf: createAddressResolver(options.trustedProxies) });

const gated = ({ gate }: Common) => (gate ? { gate } : {});

function probes({ db, metrics, metricsToken }: Common): Endpoint[] {
  return probeEndpoints({
    metrics,
    metricsToken,
    whyNotReady: () =>
      db.sql.query("select 1").then(
        () => undefined,
        () => "the database does not answer",
      ),
  });
}
