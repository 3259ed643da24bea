import type { Path } from "../route.ts";

export const publicUpdatePaths = {
  listPublicUpdates: "GET /api/incidents/:id/updates",
  readUpdateTemplate: "GET /api/incidents/:id/updates/template",
  proposeUpdate: "POST /api/incidents/:id/updates",
  publishUpdate: "POST /api/incidents/:id/updates/:updateId/publish",
  withdrawUpdate: "POST /api/incidents/:id/updates/:updateId/withdraw",
} as const satisfies Record<string, Path>;
