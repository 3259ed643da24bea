import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import { listDifferences, listRuns, readRun } from "../../shop/reconciliation/actions.ts";
import type { AuditContext } from "../audit/actions.ts";
import { actOnDifference, askForRun } from "./actions.ts";

type ByStaff = { staff: { id: string; name: string } };

/** Handlers of reconciliation's routes, by their names in the contract. */
export function reconciliationRoutes(context: AuditContext) {
  return {
    listRuns: ({ query }: Parsed<OpsRoutes["listRuns"]>) => listRuns(context, query),
    startRun: ({ body, staff, request }: Parsed<OpsRoutes["startRun"]> & ByStaff) =>
      askForRun(context, { staff, requestId: request.id }, body),
    readRun: ({ params }: Parsed<OpsRoutes["readRun"]>) => readRun(context, params.id),
    listDifferences: ({ params, query }: Parsed<OpsRoutes["listDifferences"]>) =>
      listDifferences(context, params.id, query),
    resolveDifference: ({ params, body, staff, request }: Parsed<OpsRoutes["resolveDifference"]> & ByStaff) =>
      actOnDifference(context, { staff, requestId: request.id }, params.id, body),
  };
}
