import type { Path } from "../route.ts";

export const ticketPaths = {
  listTickets: "GET /api/tickets",
  searchTickets: "POST /api/tickets/search",
  countTickets: "GET /api/tickets/counts",
  openTicket: "POST /api/tickets",
  readTicket: "GET /api/tickets/:id",
  claimTicket: "POST /api/tickets/:id/claim",
  claimNextTicket: "POST /api/tickets/claim-next",
  releaseTicket: "POST /api/tickets/:id/release",
  assignTicket: "POST /api/tickets/:id/assign",
  replyTicket: "POST /api/tickets/:id/reply",
  addTicketNote: "POST /api/tickets/:id/notes",
  prioritizeTicket: "POST /api/tickets/:id/priority",
  resolveTicket: "POST /api/tickets/:id/resolve",
  reopenTicket: "POST /api/tickets/:id/reopen",
} as const satisfies Record<string, Path>;
