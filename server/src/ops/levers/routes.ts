import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import { type LeverContext, setLevers, viewLevers } from "./actions.ts";

type ByStaff = { staff: { id: string; name: string } };

/** Handlers of the levers' routes, by their names in the contract. */
export function leversRoutes(context: LeverContext) {
  return {
    readLevers: () => viewLevers(context),
    changeLevers: ({ body, staff, request }: Parsed<OpsRoutes["changeLevers"]> & ByStaff) =>
      setLevers(context, { staff, requestId: request.id }, body),
  };
}
