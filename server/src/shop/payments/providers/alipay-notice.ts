import { yuanToFen } from "@orderwatch/shared/money.ts";
import type { AlipaySdk } from "alipay-sdk";
import { type Callback, callback } from "./alipay-wire.ts";
import { instantOfBeijingLocal } from "./beijing-time.ts";
import type { Notice, NoticeRejection, NoticeRequest, NoticeVerdict } from "./provider.ts";
import { idOfTradeNumber } from "./trade-number.ts";

/** Alipay repeats a callback for 25 hours, unchanged; what is older than that and some slack is a replay. */
const REPEATED_FOR_MS = 26 * 60 * 60 * 1000;
const CLOCK_SKEW_MS = 5 * 60 * 1000;

class Rejected extends Error {
  readonly reason: NoticeRejection;
  constructor(reason: NoticeRejection, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/**
 * Judges one callback of Alipay. The signature is checked before anything else is believed, so a reason other than
 * `signature` means that the message is Alipay's own and yet not for us, not now, or not readable.
 * Source: https://opendocs.alipay.com/open/203/105286
 */
export function judgeAlipayNotice(
  sdk: AlipaySdk,
  merchant: { appId: string; sellerId: string },
  request: NoticeRequest,
  now: Date,
): NoticeVerdict {
  try {
    const form = decodeForm(request.body);
    requireSignature(sdk, form);
    const parsed = callback.safeParse(form);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new Rejected("malformed", `${issue?.path.join(".")}: ${issue?.message}`);
    }
    requireFresh(parsed.data.notify_time, now);
    return { ok: true, notice: readNotice(merchant, parsed.data) };
  } catch (error) {
    if (error instanceof Rejected) return { ok: false, reason: error.reason, detail: error.message };
    const detail = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: "malformed", detail };
  }
}

/** A repeated field is refused: which of its values the signature covered would be a matter of the reader. */
function decodeForm(body: Buffer): Record<string, string> {
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body.toString("utf8"))) {
    if (form.has(name)) throw new Rejected("malformed", `field ${name} is repeated`);
    form.set(name, value);
  }
  return Object.fromEntries(form);
}

/**
 * The SDK takes the algorithm from the message, so SHA-1 is ruled out here. Its `V2` check is the one that leaves values
 * as they are: the other one decodes percent signs a second time.
 */
function requireSignature(sdk: AlipaySdk, form: Record<string, string>): void {
  if (!form.sign) throw new Rejected("signature", "not signed");
  if (form.sign_type !== "RSA2") throw new Rejected("signature", `signature type ${form.sign_type}`);
  if (!sdk.checkNotifySignV2(form)) throw new Rejected("signature", "the signature does not match");
}

function requireFresh(notifyTime: string, now: Date): void {
  const sentAt = instantOfBeijingLocal(notifyTime);
  if (!sentAt) throw new Rejected("malformed", `notify_time ${notifyTime}`);
  const ageMs = now.getTime() - sentAt.getTime();
  if (ageMs > REPEATED_FOR_MS || ageMs < -CLOCK_SKEW_MS) {
    throw new Rejected("timestamp", `sent at ${notifyTime}, Beijing time`);
  }
}

function readNotice(merchant: { appId: string; sellerId: string }, form: Callback): Notice {
  if (form.app_id !== merchant.appId) throw new Rejected("app", `for app ${form.app_id}`);
  if (form.seller_id !== merchant.sellerId) throw new Rejected("merchant", `for seller ${form.seller_id}`);
  if (form.trans_currency !== undefined && form.trans_currency !== "CNY") {
    throw new Rejected("currency", `currency ${form.trans_currency}`);
  }
  const paymentId = idOfTradeNumber(form.out_trade_no);
  if (!paymentId) throw new Rejected("malformed", `trade number ${form.out_trade_no} is none of ours`);
  const common = { noticeId: form.notify_id, paymentId, tradeNo: form.trade_no };
  // A refund's callback repeats the trade's state; only these two fields tell it from the payment's.
  if (form.gmt_refund !== undefined && form.out_biz_no !== undefined) {
    const refundId = idOfTradeNumber(form.out_biz_no);
    if (!refundId) throw new Rejected("malformed", `refund number ${form.out_biz_no} is none of ours`);
    return { kind: "refund", ...common, refundId, outcome: "success" };
  }
  if (form.trade_status !== "TRADE_SUCCESS" && form.trade_status !== "TRADE_FINISHED") {
    return { kind: "ignored", noticeId: form.notify_id, event: form.trade_status };
  }
  const amountFen = yuanToFen(form.total_amount);
  if (!amountFen) throw new Rejected("amount", `amount ${form.total_amount}`);
  const paidAt = instantOfBeijingLocal(form.gmt_payment ?? form.notify_time);
  if (!paidAt) throw new Rejected("malformed", `gmt_payment ${form.gmt_payment}`);
  return { kind: "payment", ...common, amountFen, paidAt };
}
