import { z } from "zod";
import { Id } from "../ids.ts";
import { list } from "../list.ts";
import { LiveSeries, LiveSnapshot, NodeSummary } from "../live/frame.ts";
import { type Route, route } from "../route.ts";
import { NewProduct, Product, ProductChange, Sku } from "../shop/catalog.ts";
import { AuditEntry, AuditQuery, AuditVerdict } from "./audit.ts";
import { buyerMessagePermissions, buyerMessageRoutes } from "./buyer-message-routes.ts";
import { detectionPermissions, detectionRoutes } from "./detection-routes.ts";
import { drillPermissions, drillRoutes } from "./drill-routes.ts";
import { funnelPermissions, funnelRoutes } from "./funnel-routes.ts";
import { incidentPermissions, incidentRoutes } from "./incident-routes.ts";
import { leverPermissions, leverRoutes } from "./lever-routes.ts";
import { Scaling } from "./nodes.ts";
import { notifyPermissions, notifyRoutes } from "./notify-routes.ts";
import { onCallPermissions, onCallRoutes } from "./oncall-routes.ts";
import {
  ConfirmPayment,
  CreditOrder,
  OrderCredit,
  OrderRow,
  OrderSearch,
  RedeliverOrder,
  RefundOrder,
  StaffOrder,
} from "./orders.ts";
import { opsPaths } from "./paths.ts";
import { postmortemPermissions, postmortemRoutes } from "./postmortem-routes.ts";
import { publicUpdatePermissions, publicUpdateRoutes } from "./public-update-routes.ts";
import {
  DifferencesPage,
  NewRun,
  ReconciliationDifference,
  ReconciliationRun,
  Resolve,
  RunsPage,
} from "./reconciliation.ts";
import { type Permission, permissions, roles } from "./roles.ts";
import { runbookPermissions, runbookRoutes } from "./runbook-routes.ts";
import { ImportCodes, StockCounts, StockImport } from "./stock.ts";
import { ticketIncidentPermissions, ticketIncidentRoutes } from "./ticket-incident-routes.ts";
import { ticketPermissions, ticketRoutes } from "./ticket-routes.ts";
import { ticketWorkPermissions, ticketWorkRoutes } from "./ticket-work-routes.ts";

const skuParams = z.object({ sku: Sku });
const nodeParams = z.object({ id: z.string().max(64) });
const StaffProduct = Product.extend({ archived: z.boolean(), demo: z.boolean(), available: z.int() });
export type StaffProduct = z.infer<typeof StaffProduct>;

/** The staff's contract. */
export const opsRoutes = {
  me: route({
    path: opsPaths.me,
    summary: "Who I am and what I may do",
    reply: z.object({
      id: z.string(),
      email: z.string(),
      name: z.string(),
      role: z.enum(roles),
      permissions: z.array(z.enum(Object.keys(permissions) as [Permission, ...Permission[]])),
      shopUrl: z.string(),
    }),
  }),
  listProducts: route({
    path: opsPaths.listProducts,
    summary: "The catalogue with its stock",
    reply: list(StaffProduct),
  }),
  createProduct: route({
    path: opsPaths.createProduct,
    summary: "Add a product",
    body: NewProduct,
    reply: StaffProduct,
    status: 201,
  }),
  changeProduct: route({
    path: opsPaths.changeProduct,
    summary: "Change a product's name, price, limit or whether it is sold",
    params: skuParams,
    body: ProductChange,
    reply: StaffProduct,
  }),
  importCodes: route({
    path: opsPaths.importCodes,
    summary: "Import card codes, as JSON or as an NDJSON stream of codes",
    params: skuParams,
    body: ImportCodes,
    reply: z.object({ imported: z.int(), duplicates: z.int(), importId: Id }),
    bodyLimitBytes: 32 * 1024 * 1024,
    confidential: true,
  }),
  readImport: route({
    path: opsPaths.readImport,
    summary: "How far an import has come",
    params: z.object({ id: Id }),
    reply: StockImport,
  }),
  readStock: route({
    path: opsPaths.readStock,
    summary: "A product's stock by state; available + held + sold + void = imported",
    params: skuParams,
    reply: StockCounts,
  }),
  searchOrders: route({
    path: opsPaths.searchOrders,
    summary: "Search orders by anything, newest first",
    body: OrderSearch,
    reply: list(OrderRow),
    confidential: true,
  }),
  readOrder: route({
    path: opsPaths.readOrder,
    summary: "One order with its whole trace",
    params: z.object({ id: Id }),
    reply: StaffOrder,
    confidential: true,
  }),
  refundOrder: route({
    path: opsPaths.refundOrder,
    summary: "Give money back: all that is left, which ends the order, or a part of it",
    params: z.object({ id: Id }),
    body: RefundOrder,
    reply: StaffOrder,
    confidential: true,
  }),
  redeliverOrder: route({
    path: opsPaths.redeliverOrder,
    summary: "Deliver an order again whose delivery failed for good",
    params: z.object({ id: Id }),
    body: RedeliverOrder,
    reply: StaffOrder,
    confidential: true,
  }),
  confirmPayment: route({
    path: opsPaths.confirmPayment,
    summary: "Confirm that an order was paid; its payment company is asked first",
    params: z.object({ id: Id }),
    body: ConfirmPayment,
    reply: StaffOrder,
    confidential: true,
  }),
  readOrderCredit: route({
    path: opsPaths.readOrderCredit,
    summary: "The goodwill that an order's buyer was given, and what may be given yet",
    params: z.object({ id: Id }),
    reply: OrderCredit,
    confidential: true,
  }),
  creditOrder: route({
    path: opsPaths.creditOrder,
    summary: "Add to the balance of an order's signed-in buyer, up to what was paid for the order",
    params: z.object({ id: Id }),
    body: CreditOrder,
    reply: OrderCredit,
    confidential: true,
  }),
  listAudit: route({
    path: opsPaths.listAudit,
    summary: "What staff did, newest first, by target or person",
    query: AuditQuery,
    reply: list(AuditEntry),
    confidential: true,
  }),
  verifyAudit: route({
    path: opsPaths.verifyAudit,
    summary: "Whether the audit log is as it was written",
    reply: AuditVerdict,
    confidential: true,
  }),
  listRuns: route({
    path: opsPaths.listRuns,
    summary: "Comparisons of the payment companies' bills with our rows, newest day first",
    query: RunsPage,
    reply: list(ReconciliationRun),
  }),
  startRun: route({
    path: opsPaths.startRun,
    summary: "Compare a day's bill now, for the first time or anew",
    body: NewRun,
    reply: ReconciliationRun,
    status: 202,
  }),
  readRun: route({
    path: opsPaths.readRun,
    summary: "How far a comparison has come and what it found",
    params: z.object({ id: Id }),
    reply: ReconciliationRun,
  }),
  listDifferences: route({
    path: opsPaths.listDifferences,
    summary: "What differs between the bill and our rows",
    params: z.object({ id: Id }),
    query: DifferencesPage,
    reply: list(ReconciliationDifference),
  }),
  resolveDifference: route({
    path: opsPaths.resolveDifference,
    summary: "Do something about a difference; what needs the payment company is done within seconds",
    params: z.object({ id: Id }),
    body: Resolve,
    reply: ReconciliationDifference,
    status: 202,
  }),
  liveOverview: route({
    path: opsPaths.liveOverview,
    summary: "The snapshot that the socket gives",
    reply: LiveSnapshot,
  }),
  liveSeries: route({
    path: opsPaths.liveSeries,
    summary: "A past range of the live series, at most 300 points",
    query: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
    reply: LiveSeries,
  }),
  listNodes: route({ path: opsPaths.listNodes, summary: "The shop's nodes", reply: list(NodeSummary) }),
  readScaling: route({
    path: opsPaths.readScaling,
    summary: "How many nodes take orders, and what changed that lately",
    reply: Scaling,
  }),
  promoteNode: route({
    path: opsPaths.promoteNode,
    summary: "Let this standby accept orders; the active node becomes standby",
    params: nodeParams,
    reply: z.void(),
    status: 204,
  }),
  drainNode: route({
    path: opsPaths.drainNode,
    summary: "Finish what is in flight and accept nothing more",
    params: nodeParams,
    reply: z.void(),
    status: 204,
  }),
  restartNode: route({
    path: opsPaths.restartNode,
    summary: "Drain the node, then start it anew",
    params: nodeParams,
    reply: z.void(),
    status: 204,
  }),
  ...notifyRoutes,
  ...leverRoutes,
  ...postmortemRoutes,
  ...publicUpdateRoutes,
  ...buyerMessageRoutes,
  ...incidentRoutes,
  ...detectionRoutes,
  ...runbookRoutes,
  ...onCallRoutes,
  ...funnelRoutes,
  ...ticketRoutes,
  ...ticketWorkRoutes,
  ...ticketIncidentRoutes,
  ...drillRoutes,
} satisfies Record<string, Route>;
export type OpsRoutes = typeof opsRoutes;

/** What each route of the console needs; a route without an entry cannot be mounted. */
export const opsPermissions: Record<keyof OpsRoutes, Permission | "signed_in"> = {
  me: "signed_in",
  listProducts: "products.read",
  createProduct: "products.write",
  changeProduct: "products.write",
  importCodes: "stock.import",
  readImport: "stock.import",
  readStock: "stock.read",
  searchOrders: "orders.read",
  readOrder: "orders.read",
  refundOrder: "orders.refund",
  redeliverOrder: "orders.redeliver",
  confirmPayment: "orders.confirm_payment",
  readOrderCredit: "orders.read",
  creditOrder: "orders.refund",
  listAudit: "audit.read",
  verifyAudit: "audit.read",
  listRuns: "reconciliation.read",
  startRun: "reconciliation.act",
  readRun: "reconciliation.read",
  listDifferences: "reconciliation.read",
  resolveDifference: "reconciliation.act",
  liveOverview: "live.read",
  liveSeries: "live.read",
  listNodes: "nodes.read",
  readScaling: "nodes.read",
  promoteNode: "nodes.command",
  drainNode: "nodes.command",
  restartNode: "nodes.command",
  ...notifyPermissions,
  ...leverPermissions,
  ...postmortemPermissions,
  ...publicUpdatePermissions,
  ...buyerMessagePermissions,
  ...incidentPermissions,
  ...detectionPermissions,
  ...runbookPermissions,
  ...onCallPermissions,
  ...funnelPermissions,
  ...ticketPermissions,
  ...ticketWorkPermissions,
  ...ticketIncidentPermissions,
  ...drillPermissions,
};
