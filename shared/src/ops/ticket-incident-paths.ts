import type { Path } from "../route.ts";

/** Free of schemas, so that browsers may import them. */
export const ticketIncidentPaths = {
  listIncidentSuggestions: "GET /api/tickets/:id/incident-suggestions",
  linkTicketIncident: "PUT /api/tickets/:id/incident",
  readIncidentTickets: "GET /api/incidents/:id/tickets",
  tellTicketProgress: "POST /api/incidents/:id/ticket-progress",
} as const satisfies Record<string, Path>;
