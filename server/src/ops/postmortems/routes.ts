import type { postmortemRoutes as contract } from "@orderwatch/shared/ops/postmortem-routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import { editPostmortem, type LearningContext, readFigures, readPostmortem } from "./actions.ts";

type Routes = typeof contract;
type ByStaff = { staff: { id: string; name: string } };

/** Handlers of figures and postmortems, by their names in the contract. */
export function postmortemRoutes(context: LearningContext) {
  return {
    readFigures: ({ query }: Parsed<Routes["readFigures"]>) => readFigures(context, query),
    readPostmortem: ({ params, query }: Parsed<Routes["readPostmortem"]>) =>
      readPostmortem(context, params.id, query.language),
    editPostmortem: ({ params, query, body, staff, request }: Parsed<Routes["editPostmortem"]> & ByStaff) =>
      editPostmortem(context, { staff, requestId: request.id }, params.id, body, query.language),
  };
}
