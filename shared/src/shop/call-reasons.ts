import type { ProblemCode } from "../problem.ts";

/**
 * Why no order was made, as the shop told whoever tried: all that a wish to be called may name. Free of schemas, so that
 * the shop's page may import it.
 */
export const callReasons = [
  "server.busy",
  "server.failed",
  "stock.sold_out",
  "stock.limit_exceeded",
  "payment.channel_unavailable",
  "risk.rejected",
  "risk.too_many_requests",
  "order.price_changed",
] as const satisfies readonly ProblemCode[];
