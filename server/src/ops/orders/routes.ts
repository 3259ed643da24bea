import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import { readStaffOrder, searchOrders } from "../../shop/orders/search-actions.ts";
import { confirmOrderPayment, type RepairContext, redeliverOrder, refundOrder } from "./actions.ts";

type ByStaff = { staff: { id: string; name: string } };

/** Handlers of the orders' routes, by their names in the contract. */
export function ordersRoutes(context: RepairContext) {
  return {
    searchOrders: ({ body }: Parsed<OpsRoutes["searchOrders"]>) => searchOrders(context, body),
    readOrder: ({ params }: Parsed<OpsRoutes["readOrder"]>) => readStaffOrder(context, params.id),
    refundOrder: ({ params, body, staff, request }: Parsed<OpsRoutes["refundOrder"]> & ByStaff) =>
      refundOrder(context, { staff, requestId: request.id }, params.id, body),
    redeliverOrder: ({ params, body, staff, request }: Parsed<OpsRoutes["redeliverOrder"]> & ByStaff) =>
      redeliverOrder(context, { staff, requestId: request.id }, params.id, body),
    confirmPayment: ({ params, body, staff, request }: Parsed<OpsRoutes["confirmPayment"]> & ByStaff) =>
      confirmOrderPayment(context, { staff, requestId: request.id }, params.id, body),
  };
}
