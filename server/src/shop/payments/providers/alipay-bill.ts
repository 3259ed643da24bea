import { pipeline, Readable } from "node:stream";
import { yuanToFen } from "@orderwatch/shared/money.ts";
import { parse } from "csv-parse";
import { Unzip, UnzipInflate } from "fflate";
import { instantOfBeijingLocal } from "./beijing-time.ts";
import { type Bill, type BillEntry, BillError, bounded, checkedBill, columnsOf } from "./bill.ts";

/**
 * Alipay's trade bill: a zip with two CSV files in GBK, details and summary. The details stand between lines that begin
 * with `#`: before them the account, after them how many there are and what they come to.
 * Source: https://opendocs.alipay.com/open/028woc (request), https://opendocs.alipay.com/open/204/106262 (columns)
 */

const required = [
  "支付宝交易号",
  "商户订单号",
  "业务类型",
  "完成时间",
  "订单金额（元）",
  "商家实收（元）",
  "退款批次号/请求号",
];
/** Packed bytes unzipped at a time: what they unfold to is in memory at once. */
const SLICE_BYTES = 16 * 1024;
/** Opens the last record of every zip, after which there is room for a comment alone. */
const endOfZip = Buffer.from("PK\x05\x06", "latin1");

/** Checks shape, account and totals before anything is used. Throws BillError. */
export async function openAlipayBill(packed: Buffer, merchant: { sellerId: string }): Promise<Bill> {
  return await checkedBill(() => readEntries(packed, merchant.sellerId));
}

/** Names are in GBK too, and only a flag that is rarely set would say otherwise. */
function isDetails(name: string): boolean {
  const decoded = /[^\0-\xff]/.test(name) ? name : new TextDecoder("gbk").decode(Buffer.from(name, "latin1"));
  return decoded.endsWith("业务明细.csv");
}

async function* unzippedDetails(packed: Buffer): AsyncGenerator<Buffer> {
  if (!packed.includes(endOfZip, Math.max(0, packed.length - 65_557)))
    throw new BillError("unreadable", "the bill is no whole zip");
  const ready: Buffer[] = [];
  let files = 0;
  let failure: Error | null = null;
  const unzip = new Unzip((file) => {
    if (!isDetails(file.name)) return;
    files += 1;
    file.ondata = (error, data) => {
      failure ??= error;
      if (data) ready.push(Buffer.from(data));
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  for (let at = 0; at < packed.length; at += SLICE_BYTES) {
    unzip.push(packed.subarray(at, at + SLICE_BYTES), at + SLICE_BYTES >= packed.length);
    if (failure) throw failure;
    yield* ready.splice(0);
  }
  if (files !== 1) throw new BillError("unreadable", `the zip holds ${files} files of details`);
}

async function* decoded(packed: Buffer): AsyncGenerator<string> {
  const gbk = new TextDecoder("gbk", { fatal: true });
  try {
    for await (const chunk of bounded(unzippedDetails(packed))) yield gbk.decode(chunk, { stream: true });
    yield gbk.decode();
  } catch (error) {
    if (error instanceof BillError) throw error;
    throw new BillError("unreadable", "the bill cannot be unpacked", error);
  }
}

async function* rowsOf(packed: Buffer): AsyncGenerator<string[]> {
  const parser = parse({
    // Fields are not quoted: a quotation mark belongs to a product's name.
    quote: null,
    relax_column_count: true,
    trim: true,
    skip_empty_lines: true,
    max_record_size: 64 * 1024,
  });
  try {
    yield* pipeline(Readable.from(decoded(packed)), parser, () => undefined) as AsyncIterable<string[]>;
  } catch (error) {
    if (error instanceof BillError) throw error;
    throw new BillError("unreadable", "the bill is not CSV", error);
  }
}

async function* readEntries(packed: Buffer, sellerId: string): AsyncGenerator<BillEntry> {
  let header: string[] | undefined;
  let field: ReturnType<typeof columnsOf> | undefined;
  const said: string[] = [];
  const counted: Counted = { payment: { rows: 0, fen: 0 }, refund: { rows: 0, fen: 0 } };
  for await (const row of rowsOf(packed)) {
    const [first = ""] = row;
    if (first.startsWith("#")) {
      said.push(row.join(","));
    } else if (header === undefined || field === undefined) {
      header = row;
      field = columnsOf(header, required);
    } else {
      const fields = whole(row, header);
      const entry = entryOf(fields, field);
      counted[entry.kind].rows += 1;
      counted[entry.kind].fen += fenOf(field(fields, "商家实收（元）"));
      yield entry;
    }
  }
  requireSaid(said.join("\n"), sellerId, counted);
}

/** A product's name may hold commas, and nothing is quoted: what is too many belongs to it. */
function whole(row: string[], header: string[]): string[] {
  const surplus = row.length - header.length;
  const at = header.indexOf("商品名称");
  if (surplus === 0) return row;
  if (surplus < 0 || at < 0) throw new BillError("unreadable", "a row of another length than its header");
  return [...row.slice(0, at), row.slice(at, at + surplus + 1).join(","), ...row.slice(at + surplus + 1)];
}

function entryOf(row: string[], field: ReturnType<typeof columnsOf>): BillEntry {
  const at = instantOfBeijingLocal(field(row, "完成时间") ?? "");
  const outTradeNo = field(row, "商户订单号");
  const tradeNo = field(row, "支付宝交易号");
  const type = field(row, "业务类型");
  const amountFen = fenOf(field(row, "订单金额（元）"));
  if (!at || !outTradeNo || !tradeNo) throw new BillError("unreadable", "a row without time or number");
  if (type === "交易")
    return { kind: "payment", outTradeNo, tradeNo, outRefundNo: null, amountFen, at, isFinal: true };
  const outRefundNo = field(row, "退款批次号/请求号");
  if (type !== "退款" || !outRefundNo)
    throw new BillError("unreadable", "a row that is neither a payment nor a refund with its number");
  return { kind: "refund", outTradeNo, tradeNo, outRefundNo, amountFen, at, isFinal: true };
}

/** What was given back is written with a minus, in rows at least. */
function fenOf(yuan: string | undefined): number {
  const fen = yuanToFen((yuan ?? "").replace(/^-/, ""));
  if (fen === null) throw new BillError("unreadable", "an amount that is none");
  return fen;
}

/** Rows and what of them came to the merchant, which is less than the order's amount where the merchant gave a discount. */
type Counted = Record<BillEntry["kind"], { rows: number; fen: number }>;

/** The zip has no hash: that its rows are all there is known from what its last lines say of them. */
function requireSaid(said: string, sellerId: string, counted: Counted): void {
  // An account's number is its owner's with 0156 behind it.
  const account = /账号：\[([^\]]+)\]/.exec(said)?.[1];
  if (account !== `${sellerId}0156` && account !== sellerId)
    throw new BillError("unreadable", "the bill is of another account");
  const paid = /交易合计：(\d+)笔，商家实收共([\d.]+)元/.exec(said);
  const refunded = /退款合计：(\d+)笔，商家实收退款共(-?[\d.]+)元/.exec(said);
  const agrees = (total: RegExpExecArray | null, { rows, fen }: Counted["payment"]) =>
    total?.[1] === String(rows) && fenOf(total[2]) === fen;
  if (!agrees(paid, counted.payment) || !agrees(refunded, counted.refund))
    throw new BillError("unreadable", "the bill's rows do not add up to its totals");
}
