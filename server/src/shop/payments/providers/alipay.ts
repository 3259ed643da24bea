import { fenToYuan, yuanToFen } from "@orderwatch/shared/money.ts";
import { AlipaySdk } from "alipay-sdk";
import { z } from "zod";
import type { AlipaySettings } from "../../../platform/env.ts";
import { callOutbound, type OutboundAnswer, OutboundError } from "../../../platform/outbound.ts";
import { openAlipayBill } from "./alipay-bill.ts";
import { judgeAlipayNotice } from "./alipay-notice.ts";
import {
  type AnswerHead,
  answerHead,
  billAnswer,
  refundAnswer,
  refundQueryAnswer,
  type TradeAnswer,
  tradeAnswer,
} from "./alipay-wire.ts";
import { beijingLocal, instantOfBeijingLocal } from "./beijing-time.ts";
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

const MAX_ANSWER_BYTES = 64 * 1024;
const SUBJECT_CHARACTERS = 128;
const SUCCESS = "10000";
/** "Service unavailable" and the business codes that mean the same: the outcome is not known, ask again. */
const UNAVAILABLE = new Set(["20000", "ACQ.SYSTEM_ERROR", "isp.unknow-error", "aop.ACQ.SYSTEM_ERROR"]);

/**
 * Alipay's mobile website payment (`alipay.trade.wap.pay`), in public key mode with RSA2.
 *
 * The official SDK signs and verifies; the call itself is ours, because the SDK's has no bound on an answer's size and
 * verifies answers only on request. Its timestamps are in the machine's zone, so Beijing's time is always passed in.
 */
export class AlipayProvider implements PaymentProvider {
  readonly method = "alipay";
  readonly #config: AlipaySettings;
  readonly #surroundings: ProviderSurroundings;
  readonly #sdk: AlipaySdk;

  /** Throws a RangeError that names the malformed setting. */
  constructor(config: AlipaySettings, surroundings: ProviderSurroundings) {
    this.#config = config;
    this.#surroundings = surroundings;
    const privateKey = privateKeyOf("ALIPAY_PRIVATE_KEY", config.privateKey);
    const publicKey = publicKeyOf("ALIPAY_PUBLIC_KEY", config.publicKey);
    this.#sdk = new AlipaySdk({
      appId: config.appId,
      privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString().trim(),
      keyType: "PKCS8",
      alipayPublicKey: publicKey.export({ type: "spki", format: "pem" }).toString().trim(),
      gateway: config.gateway,
      signType: "RSA2",
    });
  }

  /** Signs the address alone: at Alipay the trade begins when the payer opens it. */
  async prepay(input: PrepayInput): Promise<{ url: string }> {
    const url = this.#sdk.pageExecute("alipay.trade.wap.pay", "GET", {
      timestamp: beijingLocal(this.#surroundings.clock.now()),
      notifyUrl: input.notifyUrl,
      returnUrl: input.returnUrl,
      bizContent: {
        outTradeNo: tradeNumberOf(input.paymentId),
        totalAmount: fenToYuan(input.amountFen),
        subject: [...input.description].slice(0, SUBJECT_CHARACTERS).join(""),
        productCode: "QUICK_WAP_WAY",
        quitUrl: input.returnUrl,
        timeExpire: beijingLocal(input.expiresAt),
      },
    });
    return { url };
  }

  async query(paymentId: string): Promise<ProviderPayment> {
    const tradeNumber = tradeNumberOf(paymentId);
    try {
      const trade = await this.#call("alipay.trade.query", { outTradeNo: tradeNumber }, tradeAnswer);
      return judgeTrade(tradeNumber, trade);
    } catch (error) {
      if (isRefusedWith(error, "ACQ.TRADE_NOT_EXIST")) return { state: "unknown" };
      throw error;
    }
  }

  async close(paymentId: string): Promise<void> {
    try {
      await this.#call("alipay.trade.close", { outTradeNo: tradeNumberOf(paymentId) }, answerHead);
    } catch (error) {
      if (isRefusedWith(error, "ACQ.TRADE_NOT_EXIST")) return;
      if (!isRefusedWith(error, "ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_STATUS_INVALID")) throw error;
      // "Wrong state" is said of paid and of closed trades alike.
      const { state } = await this.query(paymentId);
      if (state === "closed") return;
      throw new ProviderError("refused", `the trade is ${state}`, {
        providerCode: "ACQ.TRADE_STATUS_ERROR",
        paid: state === "success",
        cause: error,
      });
    }
  }

  async refund(input: RefundInput): Promise<ProviderRefund> {
    const refund = {
      outTradeNo: tradeNumberOf(input.paymentId),
      outRequestNo: tradeNumberOf(input.refundId),
    };
    const answer = await this.#call(
      "alipay.trade.refund",
      { ...refund, refundAmount: fenToYuan(input.amountFen), refundReason: input.reason },
      refundAnswer,
    );
    if (answer.fund_change === "Y") return { state: "success" };
    const known = await this.queryRefund(input);
    return known.state === "unknown" ? { state: "processing" } : known;
  }

  /** An answer without a state means that no refund of this number succeeded: it may be sent again under it. */
  async queryRefund(refund: {
    paymentId: string;
    refundId: string;
  }): Promise<ProviderRefund | { state: "unknown" }> {
    const numbers = {
      outTradeNo: tradeNumberOf(refund.paymentId),
      outRequestNo: tradeNumberOf(refund.refundId),
    };
    try {
      const known = await this.#call("alipay.trade.fastpay.refund.query", numbers, refundQueryAnswer);
      return known.refund_status === "REFUND_SUCCESS" ? { state: "success" } : { state: "unknown" };
    } catch (error) {
      if (isRefusedWith(error, "ACQ.TRADE_NOT_EXIST")) return { state: "unknown" };
      throw error;
    }
  }

  /** The address in the signed answer carries its own permission, so the download itself is not signed. */
  async bill(day: string): Promise<Bill | null> {
    let url: string;
    try {
      const content = { billType: "trade", billDate: day };
      const answer = await this.#call("alipay.data.dataservice.bill.downloadurl.query", content, billAnswer);
      url = answer.bill_download_url;
    } catch (error) {
      if (isRefusedWith(error, "isp.bill_not_exist", "BILL_NOT_EXIST")) return null;
      throw error;
    }
    const packed = await download(url);
    return await openAlipayBill(packed, this.#config);
  }

  verifyNotice(request: NoticeRequest, now: Date): NoticeVerdict {
    return judgeAlipayNotice(this.#sdk, this.#config, request, now);
  }

  acknowledge(ok: boolean): Acknowledgement {
    return { status: 200, contentType: "text/plain; charset=utf-8", body: ok ? "success" : "fail" };
  }

  async #call<T extends AnswerHead>(
    method: string,
    bizContent: Record<string, string>,
    schema: z.ZodType<T>,
  ): Promise<T> {
    const timestamp = beijingLocal(this.#surroundings.clock.now());
    const signed = new URLSearchParams(this.#sdk.sdkExecute(method, { timestamp, bizContent }));
    const content = signed.get("biz_content") ?? "";
    signed.delete("biz_content");
    const answer = await this.#send(
      `${this.#config.gateway}?${signed}`,
      new URLSearchParams({ biz_content: content }),
    );
    if (answer.status !== 200) {
      throw new ProviderError("unavailable", `Alipay answered HTTP ${answer.status}`);
    }
    return this.#read(method, answer.body.toString("utf8"), schema);
  }

  async #send(url: string, form: URLSearchParams): Promise<OutboundAnswer> {
    try {
      return await callOutbound({
        url,
        method: "POST",
        headers: {
          accept: "application/json",
          "content-type": "application/x-www-form-urlencoded;charset=utf-8",
          "user-agent": "orderwatch",
        },
        body: form.toString(),
        timeoutMs: this.#surroundings.timeoutMs,
        maxBytes: MAX_ANSWER_BYTES,
      });
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      const kind = error.kind === "oversized" ? "malformed" : error.kind;
      throw new ProviderError(kind, `Alipay: ${error.message}`, { cause: error });
    }
  }

  /** What is read is the very text that the signature covers, not a second parse of the envelope. */
  #read<T extends AnswerHead>(method: string, raw: string, schema: z.ZodType<T>): T {
    const key = `${method.replaceAll(".", "_")}_response`;
    const envelope = readEnvelope(raw);
    if (!(key in envelope)) throw refusedBy(answerHead.safeParse(envelope.error_response).data);
    const text = this.#requireAuthentic(raw, key, envelope.sign);
    const head = answerHead.safeParse(parseJson(text));
    if (!head.success || head.data.code !== SUCCESS) throw refusedBy(head.data);
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new ProviderError("malformed", "Alipay answered something unreadable", { cause: parsed.error });
  }

  #requireAuthentic(raw: string, key: string, sign: unknown): string {
    try {
      this.#sdk.checkResponseSign(raw, key, z.string().parse(sign), "");
      return this.#sdk.getSignStr(raw, key);
    } catch (error) {
      throw new ProviderError("malformed", "the signature of the answer does not match", { cause: error });
    }
  }
}

async function download(url: string): Promise<Buffer> {
  try {
    const answer = await callOutbound({
      url,
      method: "GET",
      headers: { "user-agent": "orderwatch" },
      timeoutMs: billTimeoutMs,
      maxBytes: billLimits.packedBytes,
    });
    if (answer.status === 200) return answer.body;
    throw new ProviderError("unavailable", `Alipay answered the bill's download with HTTP ${answer.status}`);
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    if (error.kind === "oversized") throw new BillError("too_large", error.message, error);
    throw new ProviderError(error.kind, `Alipay: ${error.message}`, { cause: error });
  }
}

function judgeTrade(tradeNumber: string, trade: TradeAnswer): ProviderPayment {
  if (trade.out_trade_no !== tradeNumber) {
    throw new ProviderError("malformed", "the answer is about another trade");
  }
  switch (trade.trade_status) {
    case "TRADE_SUCCESS":
    case "TRADE_FINISHED":
      return paidTrade(trade);
    case "TRADE_CLOSED":
      // A trade whose money was all returned is closed too; the time of payment tells it from one never paid.
      return trade.send_pay_date === undefined
        ? { state: "closed" }
        : { ...paidTrade(trade), returned: true };
    default:
      return trade.sub_code ? { state: "refused", code: refusalOf(trade.sub_code) } : { state: "pending" };
  }
}

function paidTrade(trade: TradeAnswer): Extract<ProviderPayment, { state: "success" }> {
  const amountFen = yuanToFen(trade.total_amount);
  const paidAt = instantOfBeijingLocal(trade.send_pay_date ?? "");
  if (!amountFen || !paidAt || trade.trade_no === "") {
    throw new ProviderError("malformed", "a paid trade without number, time or amount");
  }
  return { state: "success", tradeNo: trade.trade_no, amountFen, paidAt };
}

function refusalOf(subCode: string): PayerRefusal {
  if (/LIMIT/i.test(subCode)) return "payment.limit_exceeded";
  if (/TIME_?OUT/i.test(subCode)) return "payment.timeout";
  return "payment.declined";
}

function refusedBy(head: AnswerHead | undefined): ProviderError {
  if (!head) return new ProviderError("malformed", "Alipay answered something unreadable");
  const code = head.sub_code ?? head.code;
  const kind = UNAVAILABLE.has(code) || UNAVAILABLE.has(head.code) ? "unavailable" : "refused";
  return new ProviderError(kind, `Alipay answered ${code}: ${head.sub_msg ?? head.msg}`, {
    providerCode: code,
  });
}

function isRefusedWith(error: unknown, ...codes: string[]): boolean {
  return (
    error instanceof ProviderError && error.kind === "refused" && codes.includes(error.providerCode ?? "")
  );
}

function readEnvelope(raw: string): Record<string, unknown> {
  const envelope = z.record(z.string(), z.unknown()).safeParse(parseJson(raw));
  if (envelope.success) return envelope.data;
  throw new ProviderError("malformed", "Alipay answered something unreadable", { cause: envelope.error });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProviderError("malformed", "Alipay answered something unreadable", { cause: error });
  }
}
