import { createHash, type KeyObject, timingSafeEqual } from "node:crypto";
import type { z } from "zod";
import type { Notice, NoticeRejection, NoticeRequest, NoticeVerdict } from "./provider.ts";
import { idOfTradeNumber } from "./trade-number.ts";
import { decryptResource, isSignedByPlatform } from "./wechat-signature.ts";
import { callback, refundNotice, refundStates, transaction } from "./wechat-wire.ts";

/** WeChat Pay asks merchants to refuse callbacks whose timestamp is more than five minutes away. */
const FRESH_FOR_MS = 5 * 60 * 1000;

export interface WechatNoticeKeys {
  appId: string;
  mchId: string;
  apiV3Key: string;
  publicKeyId: string;
  publicKey: KeyObject;
}

class Rejected extends Error {
  readonly reason: NoticeRejection;
  constructor(reason: NoticeRejection, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/**
 * Judges one callback of WeChat Pay APIv3. The signature is checked before anything else is believed, so a reason other
 * than `signature` means that the message is WeChat Pay's own and yet not for us, not now, or not readable.
 * Source: https://pay.weixin.qq.com/doc/v3/merchant/4012791861
 */
export function judgeWechatNotice(keys: WechatNoticeKeys, request: NoticeRequest, now: Date): NoticeVerdict {
  try {
    requireSignature(keys, request);
    requireFresh(request.headers["wechatpay-timestamp"] ?? "", now);
    return { ok: true, notice: readNotice(keys, request.body) };
  } catch (error) {
    if (error instanceof Rejected) return { ok: false, reason: error.reason, detail: error.message };
    const detail = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: "malformed", detail };
  }
}

function requireSignature(keys: WechatNoticeKeys, { headers, body }: NoticeRequest): void {
  const timestamp = headers["wechatpay-timestamp"];
  const nonce = headers["wechatpay-nonce"];
  const signature = headers["wechatpay-signature"];
  const serial = headers["wechatpay-serial"];
  if (!timestamp || !nonce || !signature || !serial) {
    throw new Rejected("signature", "a Wechatpay-* signature header is missing");
  }
  if (!sameText(serial, keys.publicKeyId)) {
    throw new Rejected("signature", "signed with a key other than the configured public key");
  }
  if (!isSignedByPlatform({ timestamp, nonce, body, signature }, keys.publicKey)) {
    throw new Rejected("signature", "the signature does not match");
  }
}

function requireFresh(timestamp: string, now: Date): void {
  const sentAt = /^\d{1,11}$/.test(timestamp) ? Number(timestamp) * 1000 : Number.NaN;
  if (!(Math.abs(now.getTime() - sentAt) <= FRESH_FOR_MS)) {
    throw new Rejected("timestamp", `sent at ${timestamp}, more than five minutes from now`);
  }
}

function readNotice(keys: WechatNoticeKeys, body: Buffer): Notice {
  const { id: noticeId, event_type: event, resource } = parse(callback, body.toString("utf8"));
  const plain = decryptResource(resource, keys.apiV3Key);
  if (event === "TRANSACTION.SUCCESS") return paymentNotice(keys, noticeId, parse(transaction, plain));
  if (event.startsWith("REFUND.")) return refunded(keys, noticeId, parse(refundNotice, plain));
  return { kind: "ignored", noticeId, event };
}

function paymentNotice(keys: WechatNoticeKeys, noticeId: string, paid: z.infer<typeof transaction>): Notice {
  requireMerchant(keys, paid.mchid);
  if (paid.appid !== keys.appId) throw new Rejected("app", `for app ${paid.appid}`);
  if (paid.trade_state !== "SUCCESS") throw new Rejected("malformed", `trade state ${paid.trade_state}`);
  if (paid.amount?.currency !== "CNY") throw new Rejected("currency", `currency ${paid.amount?.currency}`);
  const amountFen = paid.amount.total;
  if (!amountFen) throw new Rejected("amount", `amount ${amountFen}`);
  if (!paid.transaction_id || !paid.success_time) {
    throw new Rejected("malformed", "no transaction id or time of success");
  }
  return {
    kind: "payment",
    noticeId,
    paymentId: ourId(paid.out_trade_no),
    tradeNo: paid.transaction_id,
    amountFen,
    paidAt: new Date(paid.success_time),
  };
}

function refunded(keys: WechatNoticeKeys, noticeId: string, refund: z.infer<typeof refundNotice>): Notice {
  requireMerchant(keys, refund.mchid);
  return {
    kind: "refund",
    noticeId,
    paymentId: ourId(refund.out_trade_no),
    refundId: ourId(refund.out_refund_no),
    tradeNo: refund.transaction_id,
    amountFen: refund.amount.refund,
    outcome: refundStates[refund.refund_status],
  };
}

function requireMerchant(keys: WechatNoticeKeys, mchId: string): void {
  if (mchId !== keys.mchId) throw new Rejected("merchant", `for merchant ${mchId}`);
}

function ourId(tradeNumber: string): string {
  const id = idOfTradeNumber(tradeNumber);
  if (!id) throw new Rejected("malformed", `trade number ${tradeNumber} is none of ours`);
  return id;
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Rejected("malformed", `${issue?.path.join(".")}: ${issue?.message}`);
}

/** Compares digests, since timingSafeEqual wants equal lengths. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
