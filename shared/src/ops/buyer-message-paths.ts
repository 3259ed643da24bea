import type { Path } from "../route.ts";

export const buyerMessagePaths = {
  listBuyerMessages: "GET /api/incidents/:id/buyer-messages",
  readBuyerDraft: "GET /api/incidents/:id/buyer-messages/draft",
  proposeBuyerMessage: "POST /api/incidents/:id/buyer-messages",
  approveBuyerMessage: "POST /api/incidents/:id/buyer-messages/:messageId/approve",
  withdrawBuyerMessage: "POST /api/incidents/:id/buyer-messages/:messageId/withdraw",
} as const satisfies Record<string, Path>;
