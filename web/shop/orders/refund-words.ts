import type { BuyerRefund } from "@orderwatch/shared/shop/refunds.ts";
import type { Locale } from "../../lib/i18n/locale.ts";

type Words = Record<BuyerRefund["status"], string> & { title: string };

const en: Words = {
  title: "Money back",
  requested: "Asked for at the payment company",
  processing: "On its way back to you",
  done: "Back in your account",
  abnormal: "Stuck at the payment company; we are looking into it",
  failed: "The payment company refused; support will contact you",
};

const zh: Words = {
  title: "退款",
  requested: "已向支付公司申请",
  processing: "正在退回",
  done: "已退回您的账户",
  abnormal: "在支付公司受阻，工作人员正在处理",
  failed: "支付公司拒绝退款，客服会与您联系",
};

/** What a buyer is told of a refund; comes with the order page. */
export const refundWords = (locale: Locale): Words => (locale === "en" ? en : zh);
