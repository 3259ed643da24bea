import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { Cache } from "../../platform/cache.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import { readStaffOrder, searchOrders } from "../../shop/orders/search-actions.ts";
import {
  confirmOrderPayment,
  creditOrder,
  type RepairContext,
  readOrderCredit,
  redeliverOrder,
  refundOrder,
} from "./actions.ts";

type ByStaff = { staff: { id: string; name: string } };

/** Handlers of the orders' routes, by their names in the contract. */
export function ordersRoutes(context: RepairContext & { cache: Pick<Cache, "changed"> }) {
  return {
    searchOrders: ({ body }: Parsed<OpsRoutes["searchOrders"]>) => searchOrders(context, body),
    readOrder: ({ params }: Parsed<OpsRoutes["readOrder"]>) => readStaffOrder(context, params.id),
    refundOrder: ({ params, body, staff, request }: Parsed<OpsRoutes["refundOrder"]> & ByStaff) =>
      refundOrder(context, { staff, requestId: request.id }, params.id, body),
    redeliverOrder: ({ params, body, staff, request }: Parsed<OpsRoutes["redeliverOrder"]> & ByStaff) =>
      redeliverOrder(context, { staff, requestId: request.id }, params.id, body),
    confirmPayment: ({ params, body, staff, request }: Parsed<OpsRoutes["confirmPayment"]> & ByStaff) =>
      confirmOrderPayment(context, { staff, requestId: request.id }, params.id, body),
    readOrderCredit: ({ params }: Parsed<OpsRoutes["readOrderCredit"]>) =>
      readOrderCredit(context, params.id),
    creditOrder: ({ params, body, staff, request }: Parsed<OpsRoutes["creditOrder"]> & ByStaff) =>
      creditOrder(context, { staff, requestId: request.id }, params.id, body),
  };
}
