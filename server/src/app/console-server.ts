import { alertIntakeRoutes } from "@orderwatch/shared/ops/detection-routes.ts";
import { opsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { Express } from "express";
import type { Hub } from "../live/hub.ts";
import type { Accounts } from "../ops/accounts/actions.ts";
import { staffEndpoints } from "../ops/accounts/guard.ts";
import { accountsRoutes, signInEndpoints, signInRoutes } from "../ops/accounts/routes.ts";
import { auditRoutes } from "../ops/audit/routes.ts";
import { catalogRoutes, codeStream } from "../ops/catalog/routes.ts";
import { leversRoutes } from "../ops/levers/routes.ts";
import { liveRoutes } from "../ops/live/routes.ts";
import type { Nodes } from "../ops/nodes/actions.ts";
import { nodesRoutes } from "../ops/nodes/routes.ts";
import type { Scaler } from "../ops/nodes/scaling-actions.ts";
import { type NotifyRoutesContext, notifyHandlers } from "../ops/notify/routes.ts";
import { ordersRoutes } from "../ops/orders/routes.ts";
import { pathsRoutes } from "../ops/paths/routes.ts";
import { reconciliationRoutes } from "../ops/reconciliation/routes.ts";
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
import type { Supplier } from "../shop/fulfilment/actions.ts";
import type { Providers } from "../shop/payments/actions.ts";
import type { StockContext } from "../shop/stock/actions.ts";
import type { DrillDesk } from "./drill-desk.ts";
import { aftermathRoutes } from "./incident-aftermath.ts";
import type { IncidentDesk } from "./incident-desk.ts";
import type { TicketDesk } from "./ticket-desk.ts";

/** An import may send for this long; a connection on which nothing moves is cut far sooner. */
const longestRequestMs = 30 * 60_000;
const idleConnectionMs = 120_000;

/** Everything that the console answers over HTTP. It does not listen yet. `after` mounts what comes behind the API. */
export function createConsoleServer(
  options: Omit<HttpContext, "addressOf"> &
    StockContext & {
      accounts: Accounts;
      providers: Providers;
      supplier: Supplier | undefined;
      hub: Hub;
      nodes: Nodes;
      scaler: Scaler;
      paging: NotifyRoutesContext;
      desk: Pick<IncidentDesk, "handlers" | "endpoints">;
      tickets: Pick<TicketDesk, "handlers">;
      drills: Pick<DrillDesk, "handlers">;
      url: string;
      origins: readonly string[];
      shopUrl: string;
      production: boolean;
      trustedProxies: readonly string[];
      metricsToken: string | undefined;
      after?: (app: Express) => void;
    },
): HttpServer {
  const { db, metrics, accounts, after } = options;
  const serving = createServing({ ...options, addressOf: createAddressResolver(options.trustedProxies) });
  const handlers = {
    ...accountsRoutes(options),
    ...catalogRoutes(options),
    ...ordersRoutes(options),
    ...reconciliationRoutes(options),
    ...liveRoutes(options.hub),
    ...nodesRoutes(options.nodes, options.scaler),
    ...leversRoutes({ ...options, nodes: () => options.nodes.list() }),
    ...auditRoutes(options),
    ...pathsRoutes(options),
    ...notifyHandlers(options.paging),
    ...aftermathRoutes(options),
    ...options.desk.handlers,
    ...options.tickets.handlers,
    ...options.drills.handlers,
  };
  const rest = createExpress({
    serving,
    production: options.production,
    endpoints: [
      ...signInEndpoints({ accounts, origins: options.origins }),
      ...staffEndpoints(options, handlers, { importCodes: codeStream(options) }),
      ...options.desk.endpoints,
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
        toOpenApi({
          title: "Orderwatch console",
          version: "1",
          url: options.url,
          routes: { ...signInRoutes, ...alertIntakeRoutes, ...opsRoutes },
        }),
      ),
    ],
    ...(after ? { after } : {}),
  });
  const server = createHttpServer({ serving, hot: [], rest, idleMs: idleConnectionMs });
  server.requestTimeout = longestRequestMs;
  return server;
}
