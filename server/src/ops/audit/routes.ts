import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import { type AuditContext, listAudit, verifyAudit } from "./actions.ts";

/** Handlers of the audit log's routes, by their names in the contract. */
export function auditRoutes(context: AuditContext) {
  return {
    listAudit: ({ query, staff }: Parsed<OpsRoutes["listAudit"]> & { staff: { id: string } }) =>
      listAudit(context, query, staff),
    verifyAudit: () => verifyAudit(context),
  };
}
