import type { Path } from "../route.ts";

export const postmortemPaths = {
  readFigures: "GET /api/incidents/figures",
  readPostmortem: "GET /api/incidents/:id/postmortem",
  editPostmortem: "PUT /api/incidents/:id/postmortem",
} as const satisfies Record<string, Path>;
