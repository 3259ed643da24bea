import type { Path } from "../route.ts";

/** Free of schemas, so that browsers may import them. */
export const leverPaths = {
  readLevers: "GET /api/levers",
  changeLevers: "PATCH /api/levers",
} as const satisfies Record<string, Path>;

export const runbookPaths = {
  listRunbooks: "GET /api/runbooks",
  readRunbook: "GET /api/incidents/:id/runbook",
  runRunbookStep: "POST /api/incidents/:id/runbook/steps/:stepId",
  listThirdParties: "GET /api/third-parties",
  createThirdParty: "POST /api/third-parties",
  changeThirdParty: "PATCH /api/third-parties/:id",
  removeThirdParty: "DELETE /api/third-parties/:id",
} as const satisfies Record<string, Path>;
