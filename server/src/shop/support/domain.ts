/** A thread is what buyer and shop said to each other, and nothing else; whoever is told something can answer. */
import type { ConversationState } from "@orderwatch/shared/shop/support.ts";

export const rules = {
  /** Messages that a buyer may write in one thread within a day. */
  messagesADay: 50,
  /** How often an order's account may be corrected, so that nobody tries out accounts. */
  corrections: 5,
} as const;

/** Only an answer can be rated, and what was once rated can be rated anew. */
export const mayRate = (thread: { state: ConversationState; answers: number }): boolean => thread.answers > 0;

/** Why an order's account cannot be corrected; null when it can. */
export function whyNotCorrect(
  order: { status: string; failureCode: string | null; isPartlyRefunded: boolean },
  corrections: number,
): "final" | "refunded" | "too_many" | null {
  if (order.status !== "delivery_failed" || order.failureCode !== "delivery.invalid_account") return "final";
  // All of it would be delivered, though a part of its price is the buyer's again.
  if (order.isPartlyRefunded) return "refunded";
  return corrections >= rules.corrections ? "too_many" : null;
}
