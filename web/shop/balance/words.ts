import type { BalanceKind } from "@orderwatch/shared/shop/balance.ts";
import type { Locale } from "../../lib/i18n/locale.ts";

/** English words of a buyer's balance; they come with it, so that who has none does not load them. */
const en = {
  title: "Balance",
  why: "Credit that we gave you. It pays for any order that it covers; should that order be refunded, it comes back here.",
  none: "Nothing yet.",
  kind: {
    goodwill: "Credit from us",
    spent: "Paid for an order",
    returned: "Back from an order",
    forfeited: "Given up",
  } satisfies Record<BalanceKind, string>,
  pay: (amount: string) => `Pay from your ${amount} balance`,
  paying: "Paying from your balance…",
  failed: "The shop cannot be reached. Try again.",
  problem: {
    "balance.too_low": "Your balance does not cover this order any more.",
    "balance.not_theirs": "This order belongs to another account.",
    "buyer.session_required": "You are signed out. Sign in again.",
    "order.not_payable": "This order can no longer be paid.",
  } as Record<string, string>,
};
export type BalanceWords = typeof en;

const zh: BalanceWords = {
  title: "余额",
  why: "商店赠送给您的余额，可支付任何不超过余额的订单；这类订单若退款，将退回余额。",
  none: "暂无记录。",
  kind: { goodwill: "商店赠送", spent: "支付订单", returned: "订单退回", forfeited: "已放弃" },
  pay: (amount) => `用余额支付（余额 ${amount}）`,
  paying: "正在用余额支付…",
  failed: "暂时无法连接商店，请重试。",
  problem: {
    "balance.too_low": "余额已不足以支付该订单。",
    "balance.not_theirs": "该订单属于其他账号。",
    "buyer.session_required": "登录已失效，请重新登录。",
    "order.not_payable": "该订单已无法支付。",
  },
};

export const balanceWords = (locale: Locale): BalanceWords => (locale === "en" ? en : zh);
