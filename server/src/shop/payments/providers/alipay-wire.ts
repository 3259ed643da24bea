import { z } from "zod";

/**
 * The parts of Alipay's messages that are read; unknown fields are ignored, since the company adds some at any time.
 * Source: https://opendocs.alipay.com/open/203/105286 (callbacks), 02ivbt (wap pay), 02ekfh (query), 028wob (close),
 * 02ekfk (refund), 028sma (refund query), 028woc (bill).
 */

/** Every answer: `code` 10000 is success, 40004 a business refusal explained by `sub_code`. */
export const answerHead = z.object({
  code: z.string(),
  msg: z.string().default(""),
  sub_code: z.string().optional(),
  sub_msg: z.string().optional(),
});
export type AnswerHead = z.infer<typeof answerHead>;

export const tradeAnswer = answerHead.extend({
  out_trade_no: z.string(),
  trade_no: z.string().default(""),
  trade_status: z.enum(["WAIT_BUYER_PAY", "TRADE_CLOSED", "TRADE_SUCCESS", "TRADE_FINISHED"]),
  total_amount: z.string().default(""),
  send_pay_date: z.string().optional(),
});
export type TradeAnswer = z.infer<typeof tradeAnswer>;

/** `fund_change` is N when this call moved no money: a repetition, or one still under way. */
export const refundAnswer = answerHead.extend({ fund_change: z.enum(["Y", "N"]).optional() });

export const refundQueryAnswer = answerHead.extend({ refund_status: z.string().optional() });

export const billAnswer = answerHead.extend({ bill_download_url: z.url({ protocol: /^https?$/ }) });

/** A callback's form after decoding. */
export const callback = z.object({
  notify_id: z.string().min(1).max(128),
  notify_time: z.string(),
  notify_type: z.string(),
  app_id: z.string(),
  seller_id: z.string(),
  out_trade_no: z.string(),
  trade_no: z.string().min(1).max(64),
  trade_status: z.string(),
  total_amount: z.string(),
  gmt_payment: z.string().optional(),
  gmt_refund: z.string().optional(),
  out_biz_no: z.string().optional(),
  trans_currency: z.string().optional(),
});
export type Callback = z.infer<typeof callback>;
