import type { Path } from "../route.ts";

/** The addresses of messages and contact points; free of schemas, so that browsers may import it. */
export const notifyPaths = {
  listContactPoints: "GET /api/contact-points",
  addContactPoint: "POST /api/contact-points",
  verifyContactPoint: "POST /api/contact-points/:id/verify",
  arrangeContactPoints: "PUT /api/contact-points/order",
  removeContactPoint: "DELETE /api/contact-points/:id",
  readPushKey: "GET /api/contact-points/push-key",
  readMailbox: "GET /api/mailbox",
  markRead: "POST /api/mailbox/:id/read",
  listNotifications: "GET /api/notifications",
  readPagingHealth: "GET /api/notifications/health",
} as const satisfies Record<string, Path>;
