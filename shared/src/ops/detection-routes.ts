import { z } from "zod";
import { Id } from "../ids.ts";
import { list, page } from "../list.ts";
import { type Route, route } from "../route.ts";
import {
  Alert,
  AlertmanagerAlert,
  AlertsQuery,
  MaintenanceWindow,
  NewMaintenanceWindow,
  NewSilence,
  RuleEdit,
  RulePreview,
  RuleSettings,
  RuleVersion,
  RuleView,
  Silence,
} from "./detection.ts";
import { detectionPaths } from "./detection-paths.ts";
import type { Permission } from "./roles.ts";

const slugParams = z.object({ slug: z.string().max(64) });
const idParams = z.object({ id: Id });

export const detectionRoutes = {
  listRules: route({
    path: detectionPaths.listRules,
    summary: "What is watched for, and what of it fires now",
    reply: list(RuleView),
  }),
  editRule: route({
    path: detectionPaths.editRule,
    summary: "Change a rule; it is in force within a second",
    params: slugParams,
    body: RuleEdit,
    reply: RuleView,
  }),
  listRuleVersions: route({
    path: detectionPaths.listRuleVersions,
    summary: "Who changed a rule, when and why, newest first",
    params: slugParams,
    reply: list(RuleVersion),
  }),
  previewRule: route({
    path: detectionPaths.previewRule,
    summary: "When a rule with these settings would have fired in the last 7 days",
    params: slugParams,
    body: z.strictObject({ settings: RuleSettings }),
    reply: RulePreview,
  }),
  listAlerts: route({
    path: detectionPaths.listAlerts,
    summary: "Alerts, newest first",
    query: AlertsQuery,
    reply: list(Alert),
  }),
  listSilences: route({
    path: detectionPaths.listSilences,
    summary: "Silences, newest first",
    query: z.strictObject(page),
    reply: list(Silence),
  }),
  createSilence: route({
    path: detectionPaths.createSilence,
    summary: "Hold back alerts that match, for at most 7 days",
    body: NewSilence,
    reply: Silence,
    status: 201,
  }),
  endSilence: route({
    path: detectionPaths.endSilence,
    summary: "End a silence now",
    params: idParams,
    reply: Silence,
  }),
  listMaintenanceWindows: route({
    path: detectionPaths.listMaintenanceWindows,
    summary: "Maintenance windows, newest first",
    query: z.strictObject(page),
    reply: list(MaintenanceWindow),
  }),
  createMaintenanceWindow: route({
    path: detectionPaths.createMaintenanceWindow,
    summary: "Plan maintenance of at most 7 days; what is still wrong when it ends is raised then",
    body: NewMaintenanceWindow,
    reply: MaintenanceWindow,
    status: 201,
  }),
  endMaintenanceWindow: route({
    path: detectionPaths.endMaintenanceWindow,
    summary: "End maintenance now, or call it off",
    params: idParams,
    reply: MaintenanceWindow,
  }),
} satisfies Record<string, Route>;

export const detectionPermissions = {
  listRules: "detection.read",
  editRule: "detection.write",
  listRuleVersions: "detection.read",
  previewRule: "detection.read",
  listAlerts: "detection.read",
  listSilences: "detection.read",
  createSilence: "detection.silence",
  endSilence: "detection.silence",
  listMaintenanceWindows: "detection.read",
  createMaintenanceWindow: "detection.silence",
  endMaintenanceWindow: "detection.silence",
} as const satisfies Record<keyof typeof detectionRoutes, Permission>;

/** For other systems: no session, a bearer token instead. */
export const alertIntakeRoutes = {
  receiveAlerts: route({
    path: "POST /api/v2/alerts",
    summary: "Alertmanager's own API: alerts of a Prometheus, firing and resolved",
    body: z.array(AlertmanagerAlert).max(1_000),
    reply: z.object({}),
    bodyLimitBytes: 4 * 1024 * 1024,
  }),
} satisfies Record<string, Route>;
