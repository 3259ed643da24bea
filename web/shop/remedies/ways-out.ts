/** Turns the remedies that the server offers into what this page can do, and offers nothing that cannot work. */
import type { Remedy } from "@orderwatch/shared/problem.ts";
import type { OrderStatus, PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { methods } from "../device/details.ts";

export type WayOut =
  /** Pay the same order, or place the refused one, with this method. */
  | { does: "pay"; method: PaymentMethod; other: boolean }
  | { does: "place_again" }
  | { does: "lower_quantity"; quantity: number }
  | { does: "confirm_price"; amountFen?: number }
  | { does: "restock_notice"; sku: string }
  | { does: "browse" }
  | { does: "reorder"; sku: string; quantity: number }
  | { does: "check" }
  | { does: "wait_until"; until: string }
  | { does: "wait" }
  /** Write to support, which sees the order. */
  | { does: "talk" }
  /** What support needs to find a refusal. */
  | { does: "support" }
  | { does: "correct_account" }
  /** A call for whoever could not order. */
  | { does: "call_back" }
  /** A remedy that this page does not know: the server's words, without a button. */
  | { does: "read"; label: string };

export interface Situation {
  /** `refusal`: no order was made. `order`: there is one, in `status`. */
  place: "refusal" | "order";
  status?: OrderStatus;
  sku: string;
  quantity: number;
  /** Most units that one order may buy, as far as the page knows. */
  limit?: number;
  method?: PaymentMethod;
}

const over: readonly OrderStatus[] = ["expired", "cancelled", "refunded"];

function wayOut(remedy: Remedy, at: Situation): WayOut[] {
  const payable = at.place === "refusal" || at.status === "awaiting_payment";
  switch (remedy.kind) {
    case "switch_payment": {
      const offered = remedy.paymentMethods ?? methods;
      return payable
        ? offered
            .filter((method) => method !== at.method)
            .map((method) => ({ does: "pay", method, other: true }))
        : [];
    }
    case "retry":
      if (at.place === "refusal") return [{ does: "place_again" }];
      return payable && at.method ? [{ does: "pay", method: at.method, other: false }] : [];
    case "lower_quantity": {
      const most = Math.min(remedy.maxQuantity ?? at.limit ?? at.quantity - 1, at.quantity - 1);
      return most >= 1 ? [{ does: "lower_quantity", quantity: most }] : [];
    }
    case "confirm_price":
      return [
        { does: "confirm_price", ...(remedy.amountFen === undefined ? {} : { amountFen: remedy.amountFen }) },
      ];
    case "restock_notice":
      return [{ does: "restock_notice", sku: remedy.sku ?? at.sku }];
    case "similar_product":
      return [{ does: "browse" }];
    case "reorder":
      return [{ does: "reorder", sku: at.sku, quantity: at.quantity }];
    case "check_status":
      return at.place === "order" ? [{ does: "check" }] : [];
    case "wait_until":
      return remedy.until ? [{ does: "wait_until", until: remedy.until }] : [{ does: "place_again" }];
    case "wait":
      return [{ does: "wait" }];
    case "contact_support":
      return [at.place === "order" ? { does: "talk" } : { does: "support" }];
    case "correct_account":
      return at.status === "delivery_failed" ? [{ does: "correct_account" }] : [{ does: "talk" }];
    case "sign_in":
      return [];
    default:
      return [{ does: "read", label: remedy.label }];
  }
}

/**
 * The ways out of a situation, in the order in which the server offers them. An order that is over can always be placed
 * anew, and one that awaits payment can always be paid, whatever else went wrong.
 */
export function waysOut(remedies: readonly Remedy[], at: Situation): WayOut[] {
  const ways = remedies.flatMap((remedy) => wayOut(remedy, at));
  const has = (does: WayOut["does"]) => ways.some((way) => way.does === does);
  if (at.place === "order" && at.status && over.includes(at.status) && !has("reorder"))
    ways.push({ does: "reorder", sku: at.sku, quantity: at.quantity });
  if (at.place === "order" && at.status === "awaiting_payment" && !has("pay"))
    for (const method of methods) ways.push({ does: "pay", method, other: method !== at.method });
  return ways;
}
