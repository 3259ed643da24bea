import type { Path } from "../route.ts";

/** The shop's public addresses; free of schemas, so that browsers may import it. */
export const shopPaths = {
  listProducts: "GET /api/products",
  readProduct: "GET /api/products/:sku",
  placeOrder: "POST /api/orders",
  readOrder: "GET /api/orders/:id",
  payOrder: "POST /api/orders/:id/pay",
  issueDevice: "POST /api/devices",
  sendBeacons: "POST /api/beacons",
  askRestockNotice: "POST /api/restock-notices",
  readStatus: "GET /api/status",
} as const satisfies Record<string, Path>;
