import type { Path } from "../route.ts";

/** Free of schemas, so that browsers may import them. */
export const ticketWorkPaths = {
  listAnswers: "GET /api/answers",
  previewAnswer: "POST /api/tickets/:id/answers/preview",
  sendAnswer: "POST /api/tickets/:id/answers",
  handoffTicket: "POST /api/tickets/:id/handoff",
  answerHandoff: "POST /api/tickets/:id/handoff/answer",
  withdrawHandoff: "POST /api/tickets/:id/handoff/withdraw",
  readTicketContext: "GET /api/tickets/:id/context",
  revealContact: "POST /api/tickets/:id/reveal",
  listCalls: "GET /api/calls",
  planCall: "POST /api/tickets/:id/calls",
  recordCall: "POST /api/tickets/:id/calls/:callId/attempts",
  cancelCall: "POST /api/tickets/:id/calls/:callId/cancel",
  mergeTicket: "POST /api/tickets/:id/merge",
  splitTicket: "POST /api/tickets/:id/split",
  exportTickets: "POST /api/tickets/export",
  listAgents: "GET /api/agents",
  changeAgent: "PATCH /api/agents/:id",
  listSupportPolicies: "GET /api/support-policies",
  createSupportPolicy: "POST /api/support-policies",
  changeSupportPolicy: "PUT /api/support-policies/:id",
  deleteSupportPolicy: "DELETE /api/support-policies/:id",
} as const satisfies Record<string, Path>;
