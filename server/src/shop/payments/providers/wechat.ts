import type { KeyObject } from "node:crypto";
import type { z } from "zod";
import type { WechatSettings } from "../../../platform/env.ts";
import { callOutbound, type OutboundAnswer, OutboundError } from "../../../platform/outbound.ts";
import { beijingRfc3339 } from "./beijing-time.ts";
import { type Bill, BillError, billLimits, billTimeoutMs } from "./bill.ts";
import { privateKeyOf, publicKeyOf } from "./keys.ts";
import {
  type Acknowledgement,
  type NoticeRequest,
  type NoticeVerdict,
  type PayerRefusal,
  type PaymentProvider,
  type PrepayInput,
  ProviderError,
  type ProviderPayment,
  type ProviderRefund,
  type RefundInput,
} from "./provider.ts";
import type { ProviderSurroundings } from "./surroundings.ts";
import { tradeNumberOf } from "./trade-number.ts";
import { openWechatBill } from "./wechat-bill.ts";
import { judgeWechatNotice } from "./wechat-notice.ts";
import { authorizationOf, isSignedByPlatform } from "./wechat-signature.ts";
import {
  billAnswer,
  prepayAnswer,
  refundAnswer,
  refundStates,
  refusal,
  type Transaction,
  transaction,
} from "./wechat-wire.ts";

const MAX_ANSWER_BYTES = 64 * 1024;
/** Answers older than this are replays; the same bound as for callbacks. */
const FRESH_FOR_S = 5 * 60;
const DESCRIPTION_BYTES = 127;
const REASON_BYTES = 80;

interface Bounds {
  timeoutMs: number;
  maxBytes: number;
}

/**
 * WeChat Pay APIv3, H5 payment (a browser outside WeChat), in platform public key mode.
 * Source: https://pay.weixin.qq.com/doc/v3/merchant/4012791832
 */
export class WechatProvider implements PaymentProvider {
  readonly method = "wechat";
  readonly #config: WechatSettings;
  readonly #surroundings: ProviderSurroundings;
  readonly #merchantKey: KeyObject;
  readonly #platformKey: KeyObject;

  /** Throws a RangeError that names the malformed setting. */
  constructor(config: WechatSettings, surroundings: ProviderSurroundings) {
    if (Buffer.byteLength(config.apiV3Key) !== 32)
      throw new RangeError("WECHAT_API_V3_KEY is not 32 bytes long");
    this.#config = config;
    this.#surroundings = surroundings;
    this.#merchantKey = privateKeyOf("WECHAT_MCH_PRIVATE_KEY", config.mchPrivateKey);
    this.#platformKey = publicKeyOf("WECHAT_PUBLIC_KEY", config.publicKey);
  }

  async prepay(input: PrepayInput): Promise<{ url: string }> {
    const answer = await this.#unlessPaid("/v3/pay/transactions/h5", {
      appid: this.#config.appId,
      mchid: this.#config.mchId,
      description: cutToBytes(input.description, DESCRIPTION_BYTES),
      out_trade_no: tradeNumberOf(input.paymentId),
      time_expire: beijingRfc3339(input.expiresAt),
      notify_url: input.notifyUrl,
      amount: { total: input.amountFen, currency: "CNY" },
      scene_info: { payer_client_ip: input.buyerIp, h5_info: { type: "Wap" } },
    });
    const url = new URL(read(prepayAnswer, answer).h5_url);
    url.searchParams.set("redirect_url", input.returnUrl);
    return { url: url.href };
  }

  async query(paymentId: string): Promise<ProviderPayment> {
    const tradeNumber = tradeNumberOf(paymentId);
    const mchid = encodeURIComponent(this.#config.mchId);
    try {
      const target = `/v3/pay/transactions/out-trade-no/${tradeNumber}?mchid=${mchid}`;
      return this.#judge(tradeNumber, read(transaction, await this.#call("GET", target)));
    } catch (error) {
      if (isRefusedWith(error, "ORDER_NOT_EXIST", "ORDERNOTEXIST")) return { state: "unknown" };
      throw error;
    }
  }

  async close(paymentId: string): Promise<void> {
    const target = `/v3/pay/transactions/out-trade-no/${tradeNumberOf(paymentId)}/close`;
    try {
      await this.#unlessPaid(target, { mchid: this.#config.mchId });
    } catch (error) {
      if (isRefusedWith(error, "ORDER_CLOSED", "ORDERCLOSED", "ORDER_NOT_EXIST", "ORDERNOTEXIST")) return;
      throw error;
    }
  }

  /** What a trade that is paid already refuses, with {@link ProviderError.paid} set then. */
  async #unlessPaid(target: string, body: object): Promise<OutboundAnswer> {
    try {
      return await this.#call("POST", target, body);
    } catch (error) {
      if (!isRefusedWith(error, "ORDERPAID", "ORDER_PAID")) throw error;
      throw new ProviderError("refused", "the trade is paid", {
        providerCode: "ORDERPAID",
        paid: true,
        cause: error,
      });
    }
  }

  async refund(input: RefundInput): Promise<ProviderRefund> {
    const answer = await this.#call("POST", "/v3/refund/domestic/refunds", {
      out_trade_no: tradeNumberOf(input.paymentId),
      out_refund_no: tradeNumberOf(input.refundId),
      reason: cutToBytes(input.reason, REASON_BYTES),
      ...(input.notifyUrl === undefined ? {} : { notify_url: input.notifyUrl }),
      amount: { refund: input.amountFen, total: input.totalFen, currency: "CNY" },
    });
    return judgeRefund(input.refundId, answer);
  }

  async queryRefund(refund: { refundId: string }): Promise<ProviderRefund | { state: "unknown" }> {
    try {
      const target = `/v3/refund/domestic/refunds/${tradeNumberOf(refund.refundId)}`;
      return judgeRefund(refund.refundId, await this.#call("GET", target));
    } catch (error) {
      if (isRefusedWith(error, "RESOURCE_NOT_EXISTS")) return { state: "unknown" };
      throw error;
    }
  }

  async bill(day: string): Promise<Bill | "being_made" | null> {
    let offer: z.infer<typeof billAnswer>;
    try {
      const target = `/v3/bill/tradebill?bill_date=${day}&bill_type=ALL&tar_type=GZIP`;
      offer = read(billAnswer, await this.#call("GET", target));
    } catch (error) {
      if (isRefusedWith(error, "STATEMENT_CREATING")) return "being_made";
      if (isRefusedWith(error, "NO_STATEMENT_EXIST")) return null;
      throw error;
    }
    const { pathname, search } = new URL(offer.download_url);
    const { body } = await this.#request("GET", pathname + search, "", {
      timeoutMs: billTimeoutMs,
      maxBytes: billLimits.packedBytes,
    });
    return await openWechatBill(
      { packed: body, hashType: offer.hash_type, hash: offer.hash_value },
      this.#config,
    );
  }

  verifyNotice(request: NoticeRequest, now: Date): NoticeVerdict {
    return judgeWechatNotice({ ...this.#config, publicKey: this.#platformKey }, request, now);
  }

  acknowledge(ok: boolean): Acknowledgement {
    if (ok) return { status: 204, contentType: "application/json", body: "" };
    const body = JSON.stringify({ code: "FAIL", message: "not accepted" });
    return { status: 500, contentType: "application/json", body };
  }

  #judge(tradeNumber: string, trade: Transaction): ProviderPayment {
    const { appId, mchId } = this.#config;
    if (trade.appid !== appId || trade.mchid !== mchId || trade.out_trade_no !== tradeNumber) {
      throw new ProviderError("malformed", "the answer is about another trade");
    }
    switch (trade.trade_state) {
      case "SUCCESS":
        return paidTrade(trade);
      case "REFUND":
        return { ...paidTrade(trade), returned: true };
      case "PAYERROR":
        return { state: "refused", code: refusalOf(trade.trade_state_desc) };
      case "CLOSED":
      case "REVOKED":
        return { state: "closed" };
      default:
        return { state: "pending" };
    }
  }

  async #call(method: "GET" | "POST", target: string, body?: unknown): Promise<OutboundAnswer> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const answer = await this.#request(method, target, text, {
      timeoutMs: this.#surroundings.timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
    });
    this.#requireAuthentic(answer);
    return answer;
  }

  /** Signed by us. That the answer is signed too is for the caller to check; a bill's file is known by its hash. */
  async #request(method: "GET" | "POST", target: string, body: string, bounds: Bounds) {
    const nowS = Math.floor(this.#surroundings.clock.now().getTime() / 1000);
    const authorization = authorizationOf(
      { method, target, timestamp: nowS, nonce: this.#surroundings.nonce(), body },
      { mchId: this.#config.mchId, serial: this.#config.mchSerial, privateKey: this.#merchantKey },
    );
    const answer = await this.#send(method, target, body, authorization, bounds);
    if (answer.status >= 200 && answer.status < 300) return answer;
    const { code, message } = readRefusal(answer.body);
    const kind = answer.status >= 500 || answer.status === 429 ? "unavailable" : "refused";
    throw new ProviderError(kind, `WeChat Pay answered ${answer.status} ${code}: ${message}`, {
      providerCode: code,
    });
  }

  async #send(
    method: "GET" | "POST",
    target: string,
    body: string,
    authorization: string,
    bounds: Bounds,
  ): Promise<OutboundAnswer> {
    try {
      return await callOutbound({
        url: this.#config.baseUrl + target,
        method,
        headers: {
          authorization,
          accept: "application/json",
          "user-agent": "orderwatch",
          "wechatpay-serial": this.#config.publicKeyId,
          ...(body === "" ? {} : { "content-type": "application/json" }),
        },
        ...(body === "" ? {} : { body }),
        ...bounds,
      });
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      if (error.kind === "oversized" && bounds.maxBytes === billLimits.packedBytes)
        throw new BillError("too_large", error.message, error);
      const kind = error.kind === "oversized" ? "malformed" : error.kind;
      throw new ProviderError(kind, `WeChat Pay: ${error.message}`, { cause: error });
    }
  }

  #requireAuthentic({ headers, body }: OutboundAnswer): void {
    const timestamp = headers["wechatpay-timestamp"] ?? "";
    const nonce = headers["wechatpay-nonce"] ?? "";
    const signature = headers["wechatpay-signature"] ?? "";
    if (headers["wechatpay-serial"] !== this.#config.publicKeyId) {
      throw new ProviderError(
        "malformed",
        "the answer is signed with another key than the configured public key",
      );
    }
    if (!isSignedByPlatform({ timestamp, nonce, body, signature }, this.#platformKey)) {
      throw new ProviderError("malformed", "the signature of the answer does not match");
    }
    const ageS = Math.abs(this.#surroundings.clock.now().getTime() / 1000 - Number(timestamp));
    if (!(ageS <= FRESH_FOR_S))
      throw new ProviderError("malformed", "the answer is more than five minutes old");
  }
}

function judgeRefund(refundId: string, answer: OutboundAnswer): ProviderRefund {
  const refund = read(refundAnswer, answer);
  if (refund.out_refund_no !== tradeNumberOf(refundId))
    throw new ProviderError("malformed", "the answer is about another refund");
  return { state: refundStates[refund.status] };
}

function paidTrade(trade: Transaction): Extract<ProviderPayment, { state: "success" }> {
  const { transaction_id: tradeNo, success_time: paidAt, amount } = trade;
  if (!tradeNo || !paidAt || !amount?.total || amount.currency !== "CNY") {
    throw new ProviderError("malformed", "a paid trade without number, time or amount in CNY");
  }
  return { state: "success", tradeNo, amountFen: amount.total, paidAt: new Date(paidAt) };
}

function refusalOf(description: string): PayerRefusal {
  if (/限额|limit/i.test(description)) return "payment.limit_exceeded";
  if (/超时|time-?out/i.test(description)) return "payment.timeout";
  return "payment.declined";
}

function read<T>(schema: z.ZodType<T>, answer: OutboundAnswer): T {
  try {
    return schema.parse(JSON.parse(answer.body.toString("utf8")));
  } catch (error) {
    throw new ProviderError("malformed", "WeChat Pay answered something unreadable", { cause: error });
  }
}

function readRefusal(body: Buffer): { code: string; message: string } {
  try {
    return refusal.parse(JSON.parse(body.toString("utf8")));
  } catch {
    // A proxy in between answers its own pages; the status alone then says what happened.
    return { code: "NO_CODE", message: "no readable error" };
  }
}

function isRefusedWith(error: unknown, ...codes: string[]): boolean {
  return (
    error instanceof ProviderError && error.kind === "refused" && codes.includes(error.providerCode ?? "")
  );
}

/** Cuts at a character's end, so that the bytes stay UTF-8. */
function cutToBytes(text: string, maxBytes: number): string {
  let cut = "";
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    cut += character;
  }
  return cut;
}
