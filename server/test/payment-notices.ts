import { fenToYuan } from "@orderwatch/shared/money.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { SandboxKeys } from "../src/platform/sandbox-keys.ts";
import { createAlipaySigning } from "../src/sandbox/gateways/alipay-messages.ts";
import { beijingTime } from "../src/sandbox/gateways/numbers.ts";
import { createWechatSigning } from "../src/sandbox/gateways/wechat-messages.ts";

/** A callback as a payment company sends it. */
export interface SignedNotice {
  headers: Record<string, string>;
  body: string;
}

export interface NoticeFacts {
  paymentId: string;
  amountFen: number;
  now: Date;
  currency?: string;
  tradeNo?: string;
}

/** Signs and seals callbacks as the companies do; `keys` other than the shop's make forgeries. */
export function signNotice(keys: SandboxKeys, method: PaymentMethod, facts: NoticeFacts): SignedNotice {
  const { paymentId, amountFen, now, currency, tradeNo = "420000000000000001" } = facts;
  const outTradeNo = paymentId.replaceAll("-", "");
  if (method === "alipay") {
    const fields = {
      out_trade_no: outTradeNo,
      trade_no: tradeNo,
      trade_status: "TRADE_SUCCESS",
      total_amount: fenToYuan(amountFen),
      gmt_create: beijingTime(now.getTime()),
      gmt_payment: beijingTime(now.getTime()),
      subject: "A card",
      ...(currency === undefined ? {} : { trans_currency: currency }),
    };
    return {
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      body: createAlipaySigning(keys.alipay).signedForm(fields, now),
    };
  }
  const signing = createWechatSigning(keys.wechat);
  const body = signing.sealNotice({
    event: "TRANSACTION.SUCCESS",
    summary: "支付成功",
    kind: "transaction",
    now,
    resource: {
      appid: keys.wechat.appId,
      mchid: keys.wechat.mchId,
      out_trade_no: outTradeNo,
      transaction_id: tradeNo,
      trade_type: "MWEB",
      trade_state: "SUCCESS",
      trade_state_desc: "支付成功",
      bank_type: "OTHERS",
      success_time: now.toISOString().replace(/\.\d+Z$/, "+00:00"),
      payer: { openid: "payer-1" },
      amount: {
        total: amountFen,
        payer_total: amountFen,
        currency: currency ?? "CNY",
        payer_currency: currency ?? "CNY",
      },
    },
  });
  return { headers: { "content-type": "application/json", ...signing.signedHeaders(body, now) }, body };
}
