import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import { readStaffOrder, type SearchContext, searchOrders } from "../../shop/orders/search-actions.ts";

/** Handlers of the orders' routes, by their names in the contract. */
export function ordersRoutes(context: SearchContext) {
  return {
    searchOrders: ({ body }: Parsed<OpsRoutes["searchOrders"]>) => searchOrders(context, body),
    readOrder: ({ params }: Parsed<OpsRoutes["readOrder"]>) => readStaffOrder(context, params.id),
  };
}
