import type { Path } from "../route.ts";
import { buyerMessagePaths } from "./buyer-message-paths.ts";
import { detectionPaths } from "./detection-paths.ts";
import { drillPaths } from "./drill-paths.ts";
import { funnelPaths } from "./funnel-paths.ts";
import { incidentPaths } from "./incident-paths.ts";
import { notifyPaths } from "./notify-paths.ts";
import { onCallPaths } from "./oncall-paths.ts";
import { postmortemPaths } from "./postmortem-paths.ts";
import { publicUpdatePaths } from "./public-update-paths.ts";
import { leverPaths, runbookPaths } from "./runbook-paths.ts";
import { ticketIncidentPaths } from "./ticket-incident-paths.ts";
import { ticketPaths } from "./ticket-paths.ts";
import { ticketWorkPaths } from "./ticket-work-paths.ts";

/** The console's addresses; free of schemas, so that browsers may import it. */
export const opsPaths = {
  me: "GET /api/me",
  listProducts: "GET /api/products",
  createProduct: "POST /api/products",
  changeProduct: "PATCH /api/products/:sku",
  importCodes: "POST /api/products/:sku/codes",
  readImport: "GET /api/imports/:id",
  readStock: "GET /api/products/:sku/stock",
  searchOrders: "POST /api/orders/search",
  readOrder: "GET /api/orders/:id",
  refundOrder: "POST /api/orders/:id/refund",
  redeliverOrder: "POST /api/orders/:id/redeliver",
  confirmPayment: "POST /api/orders/:id/confirm-payment",
  readOrderCredit: "GET /api/orders/:id/credit",
  creditOrder: "POST /api/orders/:id/credit",
  listAudit: "GET /api/audit",
  verifyAudit: "GET /api/audit/verdict",
  listRuns: "GET /api/reconciliation/runs",
  startRun: "POST /api/reconciliation/runs",
  readRun: "GET /api/reconciliation/runs/:id",
  listDifferences: "GET /api/reconciliation/runs/:id/differences",
  resolveDifference: "POST /api/reconciliation/differences/:id/resolve",
  liveOverview: "GET /api/live/overview",
  liveSeries: "GET /api/live/series",
  listNodes: "GET /api/nodes",
  readScaling: "GET /api/nodes/scaling",
  promoteNode: "POST /api/nodes/:id/promote",
  drainNode: "POST /api/nodes/:id/drain",
  restartNode: "POST /api/nodes/:id/restart",
  ...notifyPaths,
  ...leverPaths,
  ...incidentPaths,
  ...postmortemPaths,
  ...publicUpdatePaths,
  ...buyerMessagePaths,
  ...detectionPaths,
  ...runbookPaths,
  ...onCallPaths,
  ...funnelPaths,
  ...ticketPaths,
  ...ticketWorkPaths,
  ...ticketIncidentPaths,
  ...drillPaths,
} as const satisfies Record<string, Path>;
