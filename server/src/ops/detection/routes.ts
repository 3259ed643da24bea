import { createHash, timingSafeEqual } from "node:crypto";
import { alertIntakeRoutes } from "@orderwatch/shared/ops/detection-routes.ts";
import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { type Endpoint, endpoint, type Parsed } from "../../platform/http/endpoint.ts";
import { type HttpRequest, header } from "../../platform/http/message.ts";
import type { AuditContext } from "../audit/actions.ts";
import { type AlertsContext, listAlerts } from "./alerts-actions.ts";
import {
  createSilence,
  createWindow,
  endSilence,
  endWindow,
  listSilences,
  listWindows,
} from "./holds-actions.ts";
import { type IntakeContext, receiveAlerts } from "./intake-actions.ts";
import { previewRule } from "./preview-actions.ts";
import { editRule, listRules, listRuleVersions } from "./rules-actions.ts";

type ByStaff = { staff: { id: string; name: string } };

const by = ({ staff, request }: ByStaff & { request: HttpRequest }) => ({ staff, requestId: request.id });

/** Handlers of detection's routes, by their names in the contract. */
export function detectionRoutes(context: AuditContext & Pick<AlertsContext, "db">) {
  return {
    listRules: async () => ({ items: await listRules(context), nextCursor: null }),
    editRule: (input: Parsed<OpsRoutes["editRule"]> & ByStaff) =>
      editRule(context, by(input), input.params.slug, input.body),
    listRuleVersions: ({ params }: Parsed<OpsRoutes["listRuleVersions"]>) =>
      listRuleVersions(context, params.slug),
    previewRule: ({ params, body }: Parsed<OpsRoutes["previewRule"]>) =>
      previewRule(context, params.slug, body.settings),
    listAlerts: ({ query }: Parsed<OpsRoutes["listAlerts"]>) => listAlerts(context, query),
    listSilences: ({ query }: Parsed<OpsRoutes["listSilences"]>) => listSilences(context, query),
    createSilence: (input: Parsed<OpsRoutes["createSilence"]> & ByStaff) =>
      createSilence(context, by(input), input.body),
    endSilence: (input: Parsed<OpsRoutes["endSilence"]> & ByStaff) =>
      endSilence(context, by(input), input.params.id),
    listMaintenanceWindows: ({ query }: Parsed<OpsRoutes["listMaintenanceWindows"]>) =>
      listWindows(context, query),
    createMaintenanceWindow: (input: Parsed<OpsRoutes["createMaintenanceWindow"]> & ByStaff) =>
      createWindow(context, by(input), input.body),
    endMaintenanceWindow: (input: Parsed<OpsRoutes["endMaintenanceWindow"]> & ByStaff) =>
      endWindow(context, by(input), input.params.id),
  };
}

/** Where a Prometheus sends its alerts; closed while there is no token. */
export function alertIntake(context: IntakeContext & { alertsToken: string | undefined }): Endpoint {
  const intake = endpoint(alertIntakeRoutes.receiveAlerts, async ({ body }) => {
    await receiveAlerts(context, body);
    return {};
  });
  const admit = async (head: HttpRequest) => {
    requireToken(head, context.alertsToken);
    return intake.handle;
  };
  return { ...intake, admit, handle: async (request) => (await admit(request))(request) };
}

function requireToken(head: HttpRequest, token: string | undefined): void {
  const given = /^Bearer (.+)$/i.exec(header(head, "authorization") ?? "")?.[1] ?? "";
  if (token !== undefined && timingSafeEqual(digest(given), digest(token))) return;
  throw new DomainError(
    "session.required",
    token === undefined
      ? "Closed: no ALERTS_TOKEN is set"
      : "Send authorization: Bearer with the alerts token",
    { remedies: [] },
  );
}

const digest = (value: string) => createHash("sha256").update(value).digest();
