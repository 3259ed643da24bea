import type { Path } from "../route.ts";

/** Addresses of runbooks, levers and third parties; free of schemas, so that browsers may import it. */
export const runbookPaths = {
  listRunbooks: "GET /api/runbooks",
  readRunbook: "GET /api/incidents/:id/runbook",
  runRunbookStep: "POST /api/incidents/:id/runbook/steps/:stepId",
  readLevers: "GET /api/levers",
  changeLevers: "PATCH /api/levers",
  listThirdParties: "GET /api/third-parties",
  createThirdParty: "POST /api/third-parties",
  changeThirdParty: "PATCH /api/third-parties/:id",
  removeThirdParty: "DELETE /api/third-parties/:id",
} as const satisfies Record<string, Path>;
