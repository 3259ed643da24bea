import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import { fenToYuan } from "@orderwatch/shared/money.ts";
import type { SandboxKeys } from "../../platform/sandbox-keys.ts";
import type { Movement } from "../day-books.ts";
import { beijingTime } from "./numbers.ts";

const columns =
  "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const totals = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

export interface WechatBill {
  packed: Buffer;
  /** SHA-1 of the unpacked file. */
  hash: string;
}

/** A day's trade bill of the kind ALL, packed with gzip; undefined for a day on which nothing moved. */
export async function makeWechatBill(
  movements: AsyncIterable<Movement>,
  keys: SandboxKeys["wechat"],
): Promise<WechatBill | undefined> {
  const hash = createHash("sha1");
  let rows = 0;
  const lines = async function* () {
    for await (const line of linesOf(movements, keys, () => rows++)) {
      hash.update(line);
      yield line;
    }
  };
  const packed = await buffer(pipeline(Readable.from(lines()), createGzip(), () => undefined));
  return rows === 0 ? undefined : { packed, hash: hash.digest("hex") };
}

async function* linesOf(
  movements: AsyncIterable<Movement>,
  keys: SandboxKeys["wechat"],
  onRow: () => void,
): AsyncGenerator<string> {
  let rows = 0;
  let paidFen = 0;
  let refundedFen = 0;
  yield `\uFEFF${columns}\r\n`;
  for await (const each of movements) {
    onRow();
    rows += 1;
    if (each.kind === "payment") paidFen += each.amountFen;
    else refundedFen += each.amountFen;
    yield line(rowOf(each, keys));
  }
  yield `${totals}\r\n`;
  const [paid, refunded] = [fenToYuan(paidFen), fenToYuan(refundedFen)];
  yield line([String(rows), paid, refunded, "0.00", "0.00000", paid, refunded]);
}

function rowOf(each: Movement, keys: SandboxKeys["wechat"]): string[] {
  const isRefund = each.kind === "refund";
  const amount = fenToYuan(each.amountFen);
  return [
    beijingTime(each.atMs),
    ...[keys.appId, keys.mchId, "0", "", each.tradeNo, each.outTradeNo, "payer-1", "MWEB"],
    ...[isRefund ? "REFUND" : "SUCCESS", "OTHERS", "CNY"],
    ...[isRefund ? "0.00" : amount, "0.00"],
    ...(isRefund ? [each.refundNo, each.outRefundNo, amount, "0.00"] : ["0", "0", "0.00", "0.00"]),
    ...(isRefund ? ["ORIGINAL", "SUCCESS"] : ["", ""]),
    ...[each.description, "", "0.00000", "0.60%", isRefund ? "0.00" : amount, isRefund ? amount : "0.00", ""],
  ];
}

const line = (fields: string[]): string => `${fields.map((field) => `\`${field}`).join(",")}\r\n`;
