import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import type { AuditContext } from "../audit/actions.ts";
import { changeThirdParty, createThirdParty, listThirdParties, removeThirdParty } from "./actions.ts";

type ByStaff = { staff: { id: string; name: string } };

/** Handlers of the third parties' routes, by their names in the contract. */
export function thirdPartyRoutes(context: AuditContext) {
  return {
    listThirdParties: async () => ({ items: await listThirdParties(context), nextCursor: null }),
    createThirdParty: ({ body, staff, request }: Parsed<OpsRoutes["createThirdParty"]> & ByStaff) =>
      createThirdParty(context, { staff, requestId: request.id }, body),
    changeThirdParty: ({ params, body, staff, request }: Parsed<OpsRoutes["changeThirdParty"]> & ByStaff) =>
      changeThirdParty(context, { staff, requestId: request.id }, params.id, body),
    removeThirdParty: ({ params, staff, request }: Parsed<OpsRoutes["removeThirdParty"]> & ByStaff) =>
      removeThirdParty(context, { staff, requestId: request.id }, params.id),
  };
}
