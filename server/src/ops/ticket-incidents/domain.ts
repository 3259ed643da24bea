import type { OrderStatus } from "@orderwatch/shared/shop/orders.ts";
import type { Words } from "@orderwatch/shared/words.ts";

// A buyer hears of an incident's end what became of their own order, and only what can no longer turn out otherwise.

export const outcomes = ["delivered", "refunded", "refunding"] as const satisfies readonly OrderStatus[];
export type Outcome = (typeof outcomes)[number];

/** What there is to say of an order that stands so; null while its end is open. */
export function outcomeFor(status: OrderStatus): Outcome | null {
  return outcomes.find((outcome) => outcome === status) ?? null;
}

export const outcomeWords: Record<Outcome, Words> = {
  delivered: {
    "zh-CN": "故障已修复，您的订单已发货，请在订单页查看。给您带来不便，非常抱歉。如仍有问题，直接回复即可。",
    en: "The trouble is over and your order has been delivered; you find it on the order's page. We are sorry for the wait. If anything is still wrong, just write back.",
  },
  refunded: {
    "zh-CN":
      "故障已结束，您的订单已全额退款，款项退回原支付方式。给您带来不便，非常抱歉。如未收到，直接回复即可。",
    en: "The trouble is over and your order has been refunded to what you paid with. We are sorry. If it does not arrive, just write back.",
  },
  refunding: {
    "zh-CN":
      "故障已结束，您的订单正在退款，款项将退回原支付方式。给您带来不便，非常抱歉。如有问题，直接回复即可。",
    en: "The trouble is over and your order is being refunded to what you paid with. We are sorry. If anything is wrong, just write back.",
  },
};
