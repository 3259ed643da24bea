import type { Path } from "../route.ts";

/** The shop's public addresses; free of schemas, so that browsers may import it. */
export const shopPaths = {
  listProducts: "GET /api/products",
  readProduct: "GET /api/products/:sku",
  placeOrder: "POST /api/orders",
  readOrder: "GET /api/orders/:id",
  payOrder: "POST /api/orders/:id/pay",
  readConversation: "GET /api/orders/:id/messages",
  writeMessage: "POST /api/orders/:id/messages",
  askForCall: "POST /api/orders/:id/call-back",
  askForCallWithoutOrder: "POST /api/call-backs",
  rateAnswer: "POST /api/orders/:id/rating",
  correctAccount: "POST /api/orders/:id/account",
  issueDevice: "POST /api/devices",
  sendBeacons: "POST /api/beacons",
  askRestockNotice: "POST /api/restock-notices",
  readStatus: "GET /api/status",
  readStatusPushKey: "GET /api/status/push-key",
  subscribeStatus: "POST /api/status/subscriptions",
  confirmSubscription: "POST /api/status/subscriptions/confirm",
  endSubscription: "POST /api/status/subscriptions/end",
} as const satisfies Record<string, Path>;
