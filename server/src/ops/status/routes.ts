import type { publicUpdateRoutes } from "@orderwatch/shared/ops/public-update-routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import {
  decidePublicUpdate,
  listPublicUpdates,
  type PublicStatusContext,
  proposeUpdate,
  readTemplate,
} from "./actions.ts";

type Routes = typeof publicUpdateRoutes;
type ByStaff = { staff: { id: string; name: string } };

/** Handlers of what the public is told, by their names in the contract. */
export function statusRoutes(context: PublicStatusContext) {
  return {
    listPublicUpdates: ({ params }: Parsed<Routes["listPublicUpdates"]>) =>
      listPublicUpdates(context, params.id),
    readUpdateTemplate: ({ params, query }: Parsed<Routes["readUpdateTemplate"]>) =>
      readTemplate(context, params.id, query.phase),
    proposeUpdate: ({ params, body, staff, request }: Parsed<Routes["proposeUpdate"]> & ByStaff) =>
      proposeUpdate(context, { staff, requestId: request.id }, params.id, body),
    publishUpdate: ({ params, staff, request }: Parsed<Routes["publishUpdate"]> & ByStaff) =>
      decidePublicUpdate(
        context,
        { staff, requestId: request.id },
        { incidentId: params.id, id: params.updateId, state: "published" },
      ),
    withdrawUpdate: ({ params, staff, request }: Parsed<Routes["withdrawUpdate"]> & ByStaff) =>
      decidePublicUpdate(
        context,
        { staff, requestId: request.id },
        { incidentId: params.id, id: params.updateId, state: "withdrawn" },
      ),
  };
}
