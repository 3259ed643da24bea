import type { Words } from "../words.ts";
import type { Tender } from "./orders.ts";

/** What people call a payment method. */
export const paymentNames: Record<Tender, Words> = {
  wechat: { "zh-CN": "微信支付", en: "WeChat Pay" },
  alipay: { "zh-CN": "支付宝", en: "Alipay" },
  balance: { "zh-CN": "余额", en: "Balance" },
};
