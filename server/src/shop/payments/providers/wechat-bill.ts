import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { yuanToFen } from "@orderwatch/shared/money.ts";
import { parse } from "csv-parse";
import { instantOfBeijingLocal } from "./beijing-time.ts";
import { type Bill, type BillEntry, BillError, bounded, checkedBill, columnsOf } from "./bill.ts";

/**
 * WeChat Pay's trade bill (`bill_type=ALL`): CSV whose fields each begin with a backtick, under a row of names, then a row
 * of names and a row of values of its totals. The hash is of the unpacked file.
 * Source: https://pay.weixin.qq.com/doc/v3/merchant/4012791867 (request), 4013071238 (columns)
 */

const required = [
  ...["交易时间", "公众账号ID", "商户号", "微信订单号", "商户订单号", "交易状态", "货币种类", "应结订单金额"],
  ...["商户退款单号", "退款金额", "退款状态"],
];
const firstTotal = "总交易单数";

export interface WechatBillFile {
  /** Packed with gzip. */
  packed: Buffer;
  hashType: string;
  hash: string;
}

/** Checks hash, shape, merchant and totals before anything is used. Throws BillError. */
export async function openWechatBill(
  file: WechatBillFile,
  merchant: { appId: string; mchId: string },
): Promise<Bill> {
  await requireHash(file);
  return await checkedBill(() => readEntries(file.packed, merchant));
}

async function requireHash({ packed, hashType, hash }: WechatBillFile): Promise<void> {
  if (hashType !== "SHA1") throw new BillError("unreadable", `a hash of the kind ${hashType}`);
  const sum = createHash("sha1");
  for await (const chunk of unpacked(packed)) sum.update(chunk);
  if (sum.digest("hex") !== hash.toLowerCase())
    throw new BillError("hash_mismatch", "the bill is not the file that its hash speaks of");
}

async function* unpacked(packed: Buffer): AsyncGenerator<Buffer> {
  try {
    yield* bounded(pipeline(Readable.from([packed]), createGunzip(), () => undefined));
  } catch (error) {
    if (error instanceof BillError) throw error;
    throw new BillError("unreadable", "the bill cannot be unpacked", error);
  }
}

async function* rowsOf(packed: Buffer): AsyncGenerator<string[]> {
  const parser = parse({
    // Fields are not quoted and may hold commas; what parts them is a comma with the next field's backtick.
    delimiter: ",`",
    quote: null,
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: 64 * 1024,
  });
  try {
    yield* pipeline(Readable.from(unpacked(packed)), parser, () => undefined) as AsyncIterable<string[]>;
  } catch (error) {
    if (error instanceof BillError) throw error;
    throw new BillError("unreadable", "the bill is not CSV", error);
  }
}

async function* readEntries(
  packed: Buffer,
  merchant: { appId: string; mchId: string },
): AsyncGenerator<BillEntry> {
  let field: ReturnType<typeof columnsOf> | undefined;
  let totalNames: string[] | undefined;
  let isComplete = false;
  const counted = { rows: 0, paidFen: 0, refundedFen: 0 };
  for await (const [first = "", ...rest] of rowsOf(packed)) {
    if (field === undefined) {
      field = columnsOf(first.split(","), required);
    } else if (totalNames !== undefined) {
      requireTotals(totalNames, [withoutTick(first), ...rest], counted);
      isComplete = true;
    } else if (first.startsWith(firstTotal)) {
      totalNames = first.split(",");
    } else {
      const row = [withoutTick(first), ...rest];
      counted.rows += 1;
      counted.paidFen += fenOf(field(row, "应结订单金额"));
      counted.refundedFen += fenOf(field(row, "退款金额"));
      if (field(row, "商户号") !== merchant.mchId)
        throw new BillError("unreadable", "the bill is of another merchant");
      // One merchant may serve several apps; the others' trades are not this shop's.
      const entry = field(row, "公众账号ID") === merchant.appId ? entryOf(row, field) : undefined;
      if (entry) yield entry;
    }
  }
  if (!isComplete) throw new BillError("unreadable", "the bill ends before its totals");
}

function entryOf(row: string[], field: ReturnType<typeof columnsOf>): BillEntry | undefined {
  const state = field(row, "交易状态");
  const at = instantOfBeijingLocal(field(row, "交易时间") ?? "");
  const outTradeNo = field(row, "商户订单号");
  const tradeNo = field(row, "微信订单号");
  if (!at || !outTradeNo || !tradeNo || field(row, "货币种类") !== "CNY")
    throw new BillError("unreadable", "a row without time, number or CNY");
  if (state === "SUCCESS") {
    const amountFen = fenOf(field(row, "订单金额") ?? field(row, "应结订单金额"));
    return { kind: "payment", outTradeNo, tradeNo, outRefundNo: null, amountFen, at, isFinal: true };
  }
  if (state !== "REFUND") return undefined;
  const outRefundNo = field(row, "商户退款单号");
  if (!outRefundNo) throw new BillError("unreadable", "a refund without its number");
  const progress = field(row, "退款状态");
  // One that failed moved no money.
  if (progress !== "SUCCESS" && progress !== "PROCESSING") return undefined;
  const amountFen = fenOf(field(row, "申请退款金额") ?? field(row, "退款金额"));
  return { kind: "refund", outTradeNo, tradeNo, outRefundNo, amountFen, at, isFinal: progress === "SUCCESS" };
}

/** What the bill says of itself must be what was read; else rows are missing, or there are some too many. */
function requireTotals(
  names: string[],
  values: string[],
  counted: { rows: number; paidFen: number; refundedFen: number },
): void {
  const value = (name: string) => values[names.indexOf(name)]?.trim();
  const fits =
    value(firstTotal) === String(counted.rows) &&
    fenOf(value("应结订单总金额")) === counted.paidFen &&
    fenOf(value("退款总金额")) === counted.refundedFen;
  if (!fits) throw new BillError("unreadable", "the bill's rows do not add up to its totals");
}

function fenOf(yuan: string | undefined): number {
  const fen = yuanToFen(yuan ?? "");
  if (fen === null) throw new BillError("unreadable", "an amount that is none");
  return fen;
}

const withoutTick = (field: string) => field.replace(/^`/, "");
