import type { BuyerOrder } from "@orderwatch/shared/shop/orders.ts";
import type { KeptOrder } from "../device/orders.ts";

/** What the device notes of an order whenever it reads it; one that came by a link is known by nothing else. */
export function factsOf({ status, amountFen, items: [first] }: BuyerOrder): Partial<KeptOrder> {
  const what = first && { sku: first.sku, name: first.name, quantity: first.quantity };
  return { status, amountFen, ...what };
}
