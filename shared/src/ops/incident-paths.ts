import type { Path } from "../route.ts";

export const incidentPaths = {
  listIncidents: "GET /api/incidents",
  declareIncident: "POST /api/incidents",
  readIncident: "GET /api/incidents/:id",
  transitionIncident: "POST /api/incidents/:id/transitions",
  changeIncidentLevel: "POST /api/incidents/:id/level",
  assignIncidentRole: "POST /api/incidents/:id/roles",
  addIncidentNote: "POST /api/incidents/:id/notes",
  mergeIncident: "POST /api/incidents/:id/merge",
  listAffectedOrders: "GET /api/incidents/:id/orders",
  actOnAffectedOrders: "POST /api/incidents/:id/orders/actions",
} as const satisfies Record<string, Path>;
