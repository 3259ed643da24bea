import type { Path } from "../route.ts";

/** Addresses of visits' paths through the shop. */
export const funnelPaths = {
  readFunnel: "GET /api/paths/funnel",
  listVisits: "GET /api/paths/visits",
} as const satisfies Record<string, Path>;
