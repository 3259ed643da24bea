import type { Path } from "../route.ts";

/** Free of schemas, so that browsers may import them. */
export const drillPaths = {
  listDrills: "GET /api/drills",
  changeDrill: "PATCH /api/drills/:slug",
  dryRunDrill: "POST /api/drills/:slug/dry-runs",
  startDrill: "POST /api/drills/:slug/runs",
  replayIncident: "POST /api/drills/replays",
  stopDrills: "POST /api/drills/stop",
  releaseDrills: "POST /api/drills/stop/release",
  listDrillRuns: "GET /api/drill-runs",
  readDrillRun: "GET /api/drill-runs/:id",
  approveDrillRun: "POST /api/drill-runs/:id/approve",
  abortDrillRun: "POST /api/drill-runs/:id/abort",
  readDrillJournal: "GET /api/drill-runs/:id/journal",
  addDrillAction: "POST /api/drill-runs/:id/actions",
  changeDrillAction: "PATCH /api/drill-runs/:id/actions/:actionId",
} as const satisfies Record<string, Path>;
