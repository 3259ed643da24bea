import { z } from "zod";
import { defaultBodyLimitBytes, type Endpoint } from "../../platform/http/endpoint.ts";
import type { HttpReply, HttpRequest } from "../../platform/http/message.ts";
import type { SandboxKeys } from "../../platform/sandbox-keys.ts";
import { close, type Outcome, type Refund, refund, stateAt, type Trade } from "../trade.ts";
import { Downloads } from "./downloads.ts";
import { fateless, type Gateway, type GatewayContext, noteFate, payerPage } from "./gateway.ts";
import { companyNumber } from "./numbers.ts";
import { makeWechatBill } from "./wechat-bills.ts";
import { createWechatSigning, wechatReply } from "./wechat-messages.ts";

/** WeChat Pay settles refunds after it has answered; here after this long. */
const REFUND_TAKES_MS = 300;

const prepayBody = z.object({
  appid: z.string(),
  mchid: z.string(),
  description: z.string().min(1).max(127),
  out_trade_no: z.string().regex(/^[0-9A-Za-z_|*-]{6,32}$/),
  time_expire: z.iso.datetime({ offset: true }),
  notify_url: z.url(),
  amount: z.object({ total: z.int().min(1), currency: z.literal("CNY") }),
  scene_info: z.object({ payer_client_ip: z.string(), h5_info: z.object({ type: z.string() }) }),
});

const closeBody = z.object({ mchid: z.string() });

const refundBody = z.object({
  out_trade_no: z.string(),
  out_refund_no: z.string().min(1).max(64),
  reason: z.string().max(80).optional(),
  notify_url: z.url().optional(),
  amount: z.object({ refund: z.int().min(1), total: z.int().min(1), currency: z.literal("CNY") }),
});

/** How a payer's failure is named in a query's answer: the sandbox's one deviation, real ones say "not paid". */
const descriptions: Record<Exclude<Outcome, "success">, string> = {
  limit_exceeded: "支付失败：超出支付限额",
  declined: "支付失败：银行拒绝",
  timeout: "支付失败：支付超时",
};

class Refused extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** WeChat Pay APIv3, H5 payment. Source: https://pay.weixin.qq.com/doc/v3/merchant/4012791832 */
export function createWechatGateway(
  context: GatewayContext,
  keys: SandboxKeys["wechat"],
): Gateway & { endpoints: Endpoint[] } {
  const { clock, ledger, behaviours, callbacks } = context;
  const signing = createWechatSigning(keys);

  const endpoint = (
    method: string,
    path: string,
    answer: (request: HttpRequest) => Promise<{ status: number; value?: unknown }>,
  ): Endpoint => ({
    method,
    path,
    bodyLimitBytes: defaultBodyLimitBytes,
    async handle(request): Promise<HttpReply> {
      const reply = (status: number, value?: unknown) => wechatReply(signing, status, value, clock.now());
      const { fails } = await behaviours.suffer("wechat");
      if (fails) return reply(500, { code: "SYSTEM_ERROR", message: "系统异常，请稍后重试" });
      const refusal = signing.refusalOf(request, clock.now());
      if (refusal) return reply(401, { code: "SIGN_ERROR", message: refusal });
      try {
        const { status, value } = await answer(request);
        await ledger.kept();
        if (behaviours.losesAnswer("wechat"))
          return reply(500, { code: "SYSTEM_ERROR", message: "系统异常，请稍后重试" });
        return reply(status, value);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return reply(error.status, { code: error.code, message: error.message });
      }
    },
  });

  const find = (outTradeNo: string | undefined): Trade => {
    const trade = ledger.trade(outTradeNo ?? "");
    if (trade?.gateway !== "wechat") throw new Refused(404, "ORDER_NOT_EXIST", "订单不存在");
    return trade;
  };

  const requireMerchant = (mchid: string | null | undefined): void => {
    if (mchid !== keys.mchId) throw new Refused(400, "PARAM_ERROR", "商户号不匹配");
  };

  const notifyRefunded = (trade: Trade, made: Refund, url: string): void => {
    const resource = {
      mchid: keys.mchId,
      transaction_id: trade.tradeNo,
      ...refundView(trade, made),
      refund_status: finalStatus(made),
    };
    const notice = {
      ...{ event: `REFUND.${finalStatus(made)}`, kind: "refund", resource },
      summary: refundSummaries[made.fate ?? "success"],
    };
    const told = {
      gateway: "wechat" as const,
      url,
      make: () => callback(notice),
      isAcknowledged,
      ...fateless,
    };
    callbacks.send(told, REFUND_TAKES_MS);
  };

  const callback = (notice: { event: string; summary: string; kind: string; resource: unknown }) => {
    const body = signing.sealNotice({ ...notice, now: clock.now() });
    return {
      headers: { "content-type": "application/json", ...signing.signedHeaders(body, clock.now()) },
      body,
    };
  };

  const transactionView = (trade: Trade, amountFen: number) => ({
    appid: keys.appId,
    mchid: keys.mchId,
    out_trade_no: trade.outTradeNo,
    trade_type: "MWEB",
    ...tradeState(trade, clock.now()),
    ...(trade.paidAtMs === undefined
      ? {}
      : {
          transaction_id: trade.tradeNo,
          success_time: rfc3339(trade.paidAtMs),
          bank_type: "OTHERS",
          payer: { openid: trade.payer ?? "" },
        }),
    amount: { total: amountFen, payer_total: amountFen, currency: "CNY", payer_currency: "CNY" },
  });

  const downloads = new Downloads();
  const download: Endpoint = {
    method: "GET",
    path: "/v3/billdownload/file",
    bodyLimitBytes: 0,
    async handle(request) {
      const refusal = signing.refusalOf(request, clock.now());
      if (refusal) return wechatReply(signing, 401, { code: "SIGN_ERROR", message: refusal }, clock.now());
      const body = downloads.get(request.query.get("token"));
      if (!body) return wechatReply(signing, 400, { code: "PARAM_ERROR", message: "token" }, clock.now());
      return { status: 200, headers: { "content-type": "application/x-gzip" }, body };
    },
  };

  const endpoints = [
    download,
    endpoint("GET", "/v3/bill/tradebill", async (request) => {
      const { bill_date: day = "", bill_type: type, tar_type: packing } = Object.fromEntries(request.query);
      if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || type !== "ALL" || packing !== "GZIP")
        throw new Refused(400, "PARAM_ERROR", "bill_date, bill_type=ALL, tar_type=GZIP");
      const bill = await makeWechatBill(ledger.days.read("wechat", day), keys);
      const file = behaviours.bill("wechat", bill?.packed);
      if (behaviours.makesBill("wechat")) throw new Refused(400, "STATEMENT_CREATING", "账单生成中");
      if (!bill || !file) throw new Refused(400, "NO_STATEMENT_EXIST", "账单文件不存在");
      const url = `${context.url}/v3/billdownload/file?token=${downloads.put(file)}&tartype=gzip`;
      return { status: 200, value: { hash_type: "SHA1", hash_value: bill.hash, download_url: url } };
    }),
    endpoint("POST", "/v3/pay/transactions/h5", async (request) => {
      const body = parseBody(prepayBody, request);
      requireMerchant(body.mchid);
      if (body.appid !== keys.appId) throw new Refused(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配");
      const known = ledger.trade(body.out_trade_no);
      if (known) requireSamePrepay(known, body, clock.now());
      const trade: Trade = known ?? {
        gateway: "wechat",
        outTradeNo: body.out_trade_no,
        tradeNo: companyNumber("4200", clock.now()),
        amountFen: body.amount.total,
        description: body.description,
        notifyUrl: body.notify_url,
        expiresAtMs: Date.parse(body.time_expire),
        state: "waiting",
        acknowledged: false,
        refunds: [],
      };
      if (!known) await ledger.saveTrade(trade);
      return { status: 200, value: { h5_url: payerPage(context.url, trade).href } };
    }),
    endpoint("GET", "/v3/pay/transactions/out-trade-no/:outTradeNo", async (request) => {
      requireMerchant(request.query.get("mchid"));
      const trade = find(request.params.outTradeNo);
      return { status: 200, value: transactionView(trade, trade.amountFen) };
    }),
    endpoint("POST", "/v3/pay/transactions/out-trade-no/:outTradeNo/close", async (request) => {
      requireMerchant(parseBody(closeBody, request).mchid);
      const closed = close(find(request.params.outTradeNo));
      if (!closed) throw new Refused(400, "ORDERPAID", "订单已支付");
      await ledger.saveTrade(closed);
      return { status: 204 };
    }),
    endpoint("POST", "/v3/refund/domestic/refunds", async (request) => {
      const body = parseBody(refundBody, request);
      const trade = find(body.out_trade_no);
      if (body.amount.total !== trade.amountFen) throw new Refused(400, "PARAM_ERROR", "订单金额不一致");
      const verdict = refund(trade, {
        outRefundNo: body.out_refund_no,
        refundNo: companyNumber("503", clock.now()),
        amountFen: body.amount.refund,
        atMs: clock.now().getTime(),
        fate: behaviours.refundFate("wechat"),
      });
      if (!verdict.ok) throw refusedRefund(verdict.reason);
      if (!verdict.isRepetition) {
        await ledger.saveTrade(verdict.trade);
        if (body.notify_url) notifyRefunded(verdict.trade, verdict.refund, body.notify_url);
      }
      return { status: 200, value: refundState(verdict.trade, verdict.refund, clock.now()) };
    }),
    endpoint("GET", "/v3/refund/domestic/refunds/:outRefundNo", async (request) => {
      const found = ledger.refund(request.params.outRefundNo ?? "");
      if (found?.trade.gateway !== "wechat") throw new Refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在");
      return { status: 200, value: refundState(found.trade, found.refund, clock.now()) };
    }),
  ];

  return {
    endpoints,
    notifyPaid(trade) {
      callbacks.send({
        gateway: "wechat",
        url: trade.notifyUrl,
        make: () => {
          const resource = transactionView(trade, behaviours.amountFen("wechat", trade.amountFen));
          return callback({
            event: "TRANSACTION.SUCCESS",
            summary: "支付成功",
            kind: "transaction",
            resource,
          });
        },
        isAcknowledged,
        ...noteFate(ledger, trade.outTradeNo),
      });
    },
  };
}

const isAcknowledged = (status: number) => status === 200 || status === 204;

function tradeState(trade: Trade, now: Date): { trade_state: string; trade_state_desc: string } {
  const state = stateAt(trade, now.getTime());
  if (state === "closed") return { trade_state: "CLOSED", trade_state_desc: "订单已关闭" };
  if (state === "paid" && trade.refunds.length > 0)
    return { trade_state: "REFUND", trade_state_desc: "订单发生过退款" };
  if (state === "paid") return { trade_state: "SUCCESS", trade_state_desc: "支付成功" };
  if (trade.refusal) return { trade_state: "PAYERROR", trade_state_desc: descriptions[trade.refusal] };
  return { trade_state: "NOTPAY", trade_state_desc: "订单未支付" };
}

function refundView(trade: Trade, made: Refund) {
  const amounts = { total: trade.amountFen, refund: made.amountFen };
  return {
    out_trade_no: trade.outTradeNo,
    out_refund_no: made.outRefundNo,
    refund_id: made.refundNo,
    amount: { ...amounts, payer_total: amounts.total, payer_refund: amounts.refund },
  };
}

const finalStatus = ({ fate = "success" }: Refund) => fate.toUpperCase();

const refundSummaries = { success: "退款成功", abnormal: "退款异常", closed: "退款关闭" } as const;

function refundState(trade: Trade, made: Refund, now: Date) {
  const isDone = now.getTime() >= made.atMs + REFUND_TAKES_MS;
  return {
    ...refundView(trade, made),
    transaction_id: trade.tradeNo,
    channel: "ORIGINAL",
    create_time: rfc3339(made.atMs),
    status: isDone ? finalStatus(made) : "PROCESSING",
    ...(isDone && finalStatus(made) === "SUCCESS"
      ? { success_time: rfc3339(made.atMs + REFUND_TAKES_MS) }
      : {}),
  };
}

/** The same order may be prepaid again; another one under its number may not. */
function requireSamePrepay(known: Trade, body: z.infer<typeof prepayBody>, now: Date): void {
  const state = stateAt(known, now.getTime());
  if (state === "paid") throw new Refused(400, "ORDERPAID", "订单已支付");
  if (state === "closed") throw new Refused(400, "ORDER_CLOSED", "订单已关闭");
  if (known.gateway !== "wechat" || known.amountFen !== body.amount.total) {
    throw new Refused(403, "OUT_TRADE_NO_USED", "商户订单号重复");
  }
}

function refusedRefund(reason: "not_paid" | "too_much" | "differs"): Refused {
  if (reason === "not_paid") return new Refused(403, "USER_ACCOUNT_ABNORMAL", "订单未支付，不能退款");
  if (reason === "too_much") return new Refused(403, "NOT_ENOUGH", "退款金额超过可退金额");
  return new Refused(400, "PARAM_ERROR", "退款单号重复且金额不一致");
}

function parseBody<T>(schema: z.ZodType<T>, request: HttpRequest): T {
  if (!request.headers["content-type"]?.startsWith("application/json")) {
    throw new Refused(400, "PARAM_ERROR", "Content-Type must be application/json");
  }
  const parsed = schema.safeParse(readJson(request.body));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Refused(400, "PARAM_ERROR", `${issue?.path.join(".")}: ${issue?.message}`);
}

/** Undefined for what is not JSON, which no schema accepts. */
function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function rfc3339(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, "+00:00");
}
