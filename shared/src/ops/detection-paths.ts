import type { Path } from "../route.ts";

export const detectionPaths = {
  listRules: "GET /api/detection/rules",
  editRule: "PUT /api/detection/rules/:slug",
  listRuleVersions: "GET /api/detection/rules/:slug/versions",
  previewRule: "POST /api/detection/rules/:slug/preview",
  listAlerts: "GET /api/alerts",
  listSilences: "GET /api/silences",
  createSilence: "POST /api/silences",
  endSilence: "POST /api/silences/:id/end",
  listMaintenanceWindows: "GET /api/maintenance-windows",
  createMaintenanceWindow: "POST /api/maintenance-windows",
  endMaintenanceWindow: "POST /api/maintenance-windows/:id/end",
} as const satisfies Record<string, Path>;
