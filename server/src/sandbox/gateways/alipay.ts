import { fenToYuan, yuanToFen } from "@orderwatch/shared/money.ts";
import { z } from "zod";
import { defaultBodyLimitBytes, type Endpoint } from "../../platform/http/endpoint.ts";
import type { HttpReply, HttpRequest } from "../../platform/http/message.ts";
import type { SandboxKeys } from "../../platform/sandbox-keys.ts";
import { close, type Outcome, refund, refundedFen, stateAt, type Trade } from "../trade.ts";
import { makeAlipayBill } from "./alipay-bills.ts";
import { createAlipaySigning } from "./alipay-messages.ts";
import { Downloads } from "./downloads.ts";
import { fateless, type Gateway, type GatewayContext, noteFate, payerPage } from "./gateway.ts";
import { beijingTime, companyNumber } from "./numbers.ts";

const PAGE = "alipay.trade.wap.pay";
/** Calls whose timestamp is further away are refused; a page's address is signed once and opened later. */
const MAX_AGE_MS = 10 * 60 * 1000;

const yuan = z.string().transform((text, context) => {
  const fen = yuanToFen(text);
  if (fen) return fen;
  context.addIssue({ code: "custom", message: "not an amount in yuan" });
  return z.NEVER;
});
const beijing = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/)
  .transform((text) => Date.parse(`${text.replace(" ", "T")}+08:00`));

const pageContent = z.object({
  out_trade_no: z.string().regex(/^[0-9A-Za-z_]{1,64}$/),
  total_amount: yuan,
  subject: z.string().min(1).max(256),
  product_code: z.literal("QUICK_WAP_WAY"),
  time_expire: beijing,
});
const tradeContent = z.object({ out_trade_no: z.string() });
const refundContent = z.object({
  out_trade_no: z.string(),
  refund_amount: yuan,
  out_request_no: z.string().min(1),
});
const billContent = z.object({ bill_type: z.literal("trade"), bill_date: z.iso.date() });
const refundQueryContent = z.object({ out_trade_no: z.string(), out_request_no: z.string() });

/** How a payer's failure is named in a query's answer: the sandbox's one deviation, real ones say "waiting". */
const subCodes: Record<Exclude<Outcome, "success">, { sub_code: string; sub_msg: string }> = {
  limit_exceeded: { sub_code: "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", sub_msg: "买家付款日限额超限" },
  declined: { sub_code: "ACQ.PAYMENT_FAIL", sub_msg: "支付失败" },
  timeout: { sub_code: "ACQ.PAYMENT_TIMEOUT", sub_msg: "支付超时" },
};

class Refused extends Error {
  readonly code: string;
  readonly subCode: string;
  constructor(code: string, subCode: string, message: string) {
    super(message);
    this.code = code;
    this.subCode = subCode;
  }
}

/** Alipay's gateway for mobile website payment. Source: https://opendocs.alipay.com/open/203/107084 */
export function createAlipayGateway(
  context: GatewayContext,
  keys: SandboxKeys["alipay"],
): Gateway & { endpoints: Endpoint[] } {
  const { clock, ledger, behaviours, callbacks } = context;
  const signing = createAlipaySigning(keys);

  const find = (outTradeNo: string): Trade => {
    const trade = ledger.trade(outTradeNo);
    if (trade?.gateway !== "alipay") throw business("ACQ.TRADE_NOT_EXIST", "交易不存在");
    return trade;
  };

  const openPage = async (parameters: ReadonlyMap<string, string>): Promise<Trade> => {
    const content = parseContent(pageContent, parameters);
    const known = ledger.trade(content.out_trade_no);
    if (known && (known.gateway !== "alipay" || known.amountFen !== content.total_amount)) {
      throw business("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改");
    }
    if (known) return known;
    const trade: Trade = {
      gateway: "alipay",
      outTradeNo: content.out_trade_no,
      tradeNo: companyNumber("", clock.now()),
      amountFen: content.total_amount,
      description: content.subject,
      notifyUrl: parameters.get("notify_url") ?? "",
      returnUrl: parameters.get("return_url"),
      expiresAtMs: content.time_expire,
      state: "waiting",
      acknowledged: false,
      refunds: [],
    };
    await ledger.saveTrade(trade);
    return trade;
  };

  const downloads = new Downloads();
  const download: Endpoint = {
    method: "GET",
    path: "/downloadBillFile.resource",
    bodyLimitBytes: 0,
    async handle(request) {
      const body = downloads.get(request.query.get("fileId"));
      if (!body) return { status: 404, headers: {} };
      return { status: 200, headers: { "content-type": "application/zip" }, body };
    },
  };

  const methods: Record<
    string,
    (parameters: ReadonlyMap<string, string>) => Promise<Record<string, unknown>>
  > = {
    async "alipay.trade.query"(parameters) {
      const trade = find(parseContent(tradeContent, parameters).out_trade_no);
      const reason =
        stateAt(trade, clock.now().getTime()) === "waiting" && trade.refusal && subCodes[trade.refusal];
      return { ...tradeView(trade, clock.now(), trade.amountFen), ...(reason || {}) };
    },
    async "alipay.data.dataservice.bill.downloadurl.query"(parameters) {
      const { bill_date: day } = parseContent(billContent, parameters);
      const made = await makeAlipayBill(ledger.days.read("alipay", day), keys, day, clock.now());
      const file = made && behaviours.bill("alipay", made);
      if (!file) throw business("isp.bill_not_exist", "账单不存在");
      const name = `fileType=csv.zip&bizDates=${day.replaceAll("-", "")}&fileId=${downloads.put(file)}`;
      return { bill_download_url: `${context.url}/downloadBillFile.resource?${name}` };
    },
    async "alipay.trade.close"(parameters) {
      const trade = find(parseContent(tradeContent, parameters).out_trade_no);
      if (stateAt(trade, clock.now().getTime()) !== "waiting")
        throw business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法");
      await ledger.saveTrade(close(trade) ?? trade);
      return { trade_no: trade.tradeNo, out_trade_no: trade.outTradeNo };
    },
    async "alipay.trade.refund"(parameters) {
      const content = parseContent(refundContent, parameters);
      const trade = find(content.out_trade_no);
      const verdict = refund(trade, {
        outRefundNo: content.out_request_no,
        refundNo: companyNumber("", clock.now()),
        amountFen: content.refund_amount,
        atMs: clock.now().getTime(),
      });
      if (!verdict.ok) throw refusedRefund(verdict.reason);
      if (!verdict.isRepetition) {
        await ledger.saveTrade(verdict.trade);
        notify(verdict.trade, fateless, {
          gmt_refund: `${beijingTime(verdict.refund.atMs)}.000`,
          refund_fee: fenToYuan(refundedFen(verdict.trade)),
          out_biz_no: verdict.refund.outRefundNo,
        });
      }
      return {
        trade_no: trade.tradeNo,
        out_trade_no: trade.outTradeNo,
        fund_change: verdict.isRepetition ? "N" : "Y",
        refund_fee: fenToYuan(refundedFen(verdict.trade)),
      };
    },
    async "alipay.trade.fastpay.refund.query"(parameters) {
      const content = parseContent(refundQueryContent, parameters);
      const trade = find(content.out_trade_no);
      const made = trade.refunds.find(({ outRefundNo }) => outRefundNo === content.out_request_no);
      if (!made) return {};
      return {
        trade_no: trade.tradeNo,
        out_trade_no: trade.outTradeNo,
        out_request_no: made.outRefundNo,
        total_amount: fenToYuan(trade.amountFen),
        refund_amount: fenToYuan(made.amountFen),
        refund_status: "REFUND_SUCCESS",
      };
    },
  };

  const call = async (
    method: string,
    parameters: ReadonlyMap<string, string>,
  ): Promise<Record<string, unknown>> => {
    const { fails } = await behaviours.suffer("alipay");
    if (fails) return failure("20000", "isp.unknow-error", "系统繁忙");
    try {
      requireMerchant(signing.isSignedByMerchant(parameters), keys.appId, parameters);
      requireFresh(parameters.get("timestamp") ?? "", clock.now());
      const perform = methods[method];
      if (!perform) throw new Refused("40004", "isv.invalid-method", "不存在的方法名");
      const content = await perform(parameters);
      await ledger.kept();
      if (behaviours.losesAnswer("alipay")) return failure("20000", "isp.unknow-error", "系统繁忙");
      return { code: "10000", msg: "Success", ...content };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return failure(error.code, error.subCode, error.message);
    }
  };

  const notify = (trade: Trade, fate: ReturnType<typeof noteFate>, more: Record<string, string>): void => {
    callbacks.send({
      gateway: "alipay",
      url: trade.notifyUrl,
      make: () => {
        const amountFen = behaviours.amountFen("alipay", trade.amountFen);
        const fields = {
          ...tradeView(trade, clock.now(), amountFen),
          gmt_create: beijingTime(clock.now().getTime()),
          gmt_payment: beijingTime(trade.paidAtMs ?? 0),
          subject: trade.description,
          ...more,
        };
        return {
          headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
          body: signing.signedForm(fields, clock.now()),
        };
      },
      isAcknowledged: (_status, body) => body.trim() === "success",
      ...fate,
    });
  };

  const handle = async (request: HttpRequest): Promise<HttpReply> => {
    const parameters = readParameters(request);
    const method = parameters.get("method") ?? "";
    if (method !== PAGE) {
      const body = signing.signedAnswer(method.replace(/[^a-z.]/g, ""), await call(method, parameters));
      return { status: 200, headers: { "content-type": "application/json;charset=utf-8" }, body };
    }
    try {
      requireMerchant(signing.isSignedByMerchant(parameters), keys.appId, parameters);
      const trade = await openPage(parameters);
      await ledger.kept();
      return { status: 302, headers: { location: payerPage(context.url, trade).href } };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const body = `${error.subCode}: ${error.message}`;
      return { status: 400, headers: { "content-type": "text/plain; charset=utf-8" }, body };
    }
  };

  const common = { path: "/gateway.do", bodyLimitBytes: defaultBodyLimitBytes, handle };
  return {
    endpoints: [download, { method: "GET", ...common }, { method: "POST", ...common }],
    notifyPaid: (trade) => notify(trade, noteFate(ledger, trade.outTradeNo), {}),
  };
}

/** Parameters may stand in the query and in the form; one that is repeated makes the request unsigned. */
function readParameters(request: HttpRequest): ReadonlyMap<string, string> {
  const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
  const form = isForm ? new URLSearchParams(request.body.toString("utf8")) : [];
  const parameters = new Map<string, string>();
  for (const [name, value] of [...request.query, ...form]) {
    parameters.set(name, parameters.has(name) ? `${parameters.get(name)}\n${value}` : value);
  }
  return parameters;
}

function tradeView(trade: Trade, now: Date, amountFen: number): Record<string, string> {
  return {
    out_trade_no: trade.outTradeNo,
    trade_no: trade.tradeNo,
    trade_status: tradeStatus(trade, now),
    total_amount: fenToYuan(amountFen),
    ...(trade.payer === undefined ? {} : { buyer_id: trade.payer }),
    ...(trade.paidAtMs === undefined ? {} : { send_pay_date: beijingTime(trade.paidAtMs) }),
  };
}

/** A trade that was returned in full is closed at Alipay, though it was paid. */
function tradeStatus(trade: Trade, now: Date): string {
  const state = stateAt(trade, now.getTime());
  if (state === "waiting") return "WAIT_BUYER_PAY";
  if (state === "closed" || refundedFen(trade) === trade.amountFen) return "TRADE_CLOSED";
  return "TRADE_SUCCESS";
}

function requireMerchant(isSigned: boolean, appId: string, parameters: ReadonlyMap<string, string>): void {
  if (parameters.get("app_id") !== appId) throw new Refused("40002", "isv.invalid-app-id", "无效的AppID参数");
  if (!isSigned) throw new Refused("40002", "isv.invalid-signature", "验签出错，请检查签名");
}

function requireFresh(timestamp: string, now: Date): void {
  const at = beijing.safeParse(timestamp);
  if (!at.success || !(Math.abs(now.getTime() - at.data) <= MAX_AGE_MS)) {
    throw new Refused("40002", "isv.invalid-timestamp", "非法的时间戳参数");
  }
}

function parseContent<T>(schema: z.ZodType<T>, parameters: ReadonlyMap<string, string>): T {
  const parsed = schema.safeParse(readJson(parameters.get("biz_content") ?? ""));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Refused("40004", "ACQ.INVALID_PARAMETER", `${issue?.path.join(".")}: ${issue?.message}`);
}

/** Undefined for what is not JSON, which no schema accepts. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusedRefund(reason: "not_paid" | "too_much" | "differs"): Refused {
  if (reason === "not_paid") return business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法");
  if (reason === "too_much") return business("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限");
  return business("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致");
}

function business(subCode: string, message: string): Refused {
  return new Refused("40004", subCode, message);
}

function failure(code: string, subCode: string, message: string): Record<string, unknown> {
  const msg = code === "20000" ? "Service Currently Unavailable" : "Business Failed";
  return { code, msg, sub_code: subCode, sub_msg: message };
}
