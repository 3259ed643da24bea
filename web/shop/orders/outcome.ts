/** What a buyer needs to know of an order: where it stands, whether money was taken, what happens next. */
import type { BuyerOrder } from "@orderwatch/shared/shop/orders.ts";

/** `unclear`: the buyer may have paid, and the payment company has not said so yet. */
export type Money = "none" | "unclear" | "taken" | "returning" | "returned";

export type Next =
  | "pay"
  | "asking"
  | "pay_again"
  | "deliver"
  | "review"
  | "repair"
  | "fix_account"
  | "late_payment"
  | "over"
  | "refund"
  | "done";

export interface Outcome {
  money: Money;
  next: Next;
  /** True while something is wrong that the buyer should read about. */
  trouble: boolean;
  /** The failure to explain, by code. */
  code?: string;
}

type Seen = Pick<BuyerOrder, "status" | "failure">;

/** `paying`: the buyer was sent to the payment page and may have paid there. */
export function outcomeOf({ status, failure }: Seen, paying: boolean): Outcome {
  const code = failure ? { code: failure.code } : {};
  switch (status) {
    case "awaiting_payment": {
      if (failure?.code === "payment.timeout")
        return { money: "unclear", next: "asking", trouble: true, ...code };
      if (failure) return { money: "none", next: "pay_again", trouble: true, ...code };
      return paying
        ? { money: "unclear", next: "asking", trouble: false }
        : { money: "none", next: "pay", trouble: false };
    }
    case "paid":
    case "delivering":
      return { money: "taken", next: "deliver", trouble: false };
    case "under_review":
      return { money: "taken", next: "review", trouble: failure !== undefined, ...code };
    case "delivery_failed": {
      const wrongAccount = failure?.code === "delivery.invalid_account";
      return { money: "taken", next: wrongAccount ? "fix_account" : "repair", trouble: true, ...code };
    }
    case "delivered":
      return { money: "taken", next: "done", trouble: false };
    case "expired":
      return paying
        ? { money: "unclear", next: "late_payment", trouble: true, ...code }
        : { money: "none", next: "over", trouble: true, ...code };
    // Money that went back, or nothing bought: bad news only where there is a failure to explain.
    case "cancelled":
      return { money: "none", next: "over", trouble: failure !== undefined, ...code };
    case "refunding":
      return { money: "returning", next: "refund", trouble: failure !== undefined, ...code };
    case "refunded":
      return { money: "returned", next: "over", trouble: failure !== undefined, ...code };
  }
}
