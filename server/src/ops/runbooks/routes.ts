import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import { type ByRole, type RunbookContext, runStep, viewRun } from "./actions.ts";

/** Handlers of the runbooks' routes, by their names in the contract. */
export function runbooksRoutes(context: RunbookContext) {
  return {
    listRunbooks: async () => ({
      items: [...context.library.values()].map(({ steps, ...runbook }) => ({
        ...runbook,
        steps: steps.length,
      })),
      nextCursor: null,
    }),
    readRunbook: ({ params, query }: Parsed<OpsRoutes["readRunbook"]>) =>
      viewRun(context, params.id, query.slug),
    runRunbookStep: ({
      params,
      query,
      body,
      staff,
      request,
    }: Parsed<OpsRoutes["runRunbookStep"]> & Pick<ByRole, "staff">) =>
      runStep(
        context,
        { staff, requestId: request.id },
        { incidentId: params.id, stepId: params.stepId, slug: query.slug },
        body,
      ),
  };
}
