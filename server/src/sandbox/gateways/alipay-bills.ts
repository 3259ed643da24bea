import { fenToYuan } from "@orderwatch/shared/money.ts";
import { Zip, ZipDeflate } from "fflate";
import iconv from "iconv-lite";
import type { SandboxKeys } from "../../platform/sandbox-keys.ts";
import type { Movement } from "../day-books.ts";
import { beijingTime } from "./numbers.ts";

const columns =
  "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注";
const summaryColumns =
  "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）";

/** A day's trade bill: a zip of two CSV files in GBK, details and summary; undefined where nothing moved. */
export async function makeAlipayBill(
  movements: AsyncIterable<Movement>,
  keys: SandboxKeys["alipay"],
  day: string,
  now: Date,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let failure: Error | null = null;
  const zip = new Zip((error, data) => {
    failure ??= error;
    if (data) chunks.push(Buffer.from(data));
  });
  const begin = (name: string) => {
    const file = new ZipDeflate(iconv.decode(iconv.encode(name, "gbk"), "latin1"));
    zip.add(file);
    return (text: string, isLast = false) => file.push(iconv.encode(text, "gbk"), isLast);
  };
  const stem = `${keys.sellerId}0156_${day.replaceAll("-", "")}`;
  const { rows, summary } = await writeDetails(begin(`${stem}_业务明细.csv`), movements, keys, day, now);
  begin(`${stem}_业务明细(汇总).csv`)(summary, true);
  zip.end();
  if (failure) throw failure;
  return rows === 0 ? undefined : Buffer.concat(chunks);
}

async function writeDetails(
  write: (text: string, isLast?: boolean) => void,
  movements: AsyncIterable<Movement>,
  keys: SandboxKeys["alipay"],
  day: string,
  now: Date,
): Promise<{ rows: number; summary: string }> {
  const count = { payment: 0, refund: 0 };
  const sum = { payment: 0, refund: 0 };
  write(`#支付宝业务明细查询\r\n#账号：[${keys.sellerId}0156]\r\n#起始日期：[${day} 00:00:00]\r\n`);
  write(`#-----------------------------------------业务明细列表----------------------------------------\r\n`);
  write(`${columns}\r\n`);
  for await (const each of movements) {
    count[each.kind] += 1;
    sum[each.kind] += each.amountFen;
    write(
      `${rowOf(each)
        .map((field) => `${field}\t`)
        .join(",")}\r\n`,
    );
  }
  const [paid, refunded] = [fenToYuan(sum.payment), fenToYuan(sum.refund)];
  write("#-----------------------------------------业务明细列表结束------------------------------------\r\n");
  write(`#交易合计：${count.payment}笔，商家实收共${paid}元，商家优惠共0.00元\r\n`);
  write(`#退款合计：${count.refund}笔，商家实收退款共${refunded}元，商家优惠退款共0.00元\r\n`);
  write(`#导出时间：[${beijingTime(now.getTime())}]\r\n`, true);
  const totals = [
    "合计",
    "",
    count.payment,
    count.refund,
    paid,
    paid,
    "0.00",
    "0.00",
    "0.00",
    "0.00",
    "0.00",
  ];
  return {
    rows: count.payment + count.refund,
    summary: `#支付宝业务汇总查询\r\n${summaryColumns}\r\n${totals.join(",")},${fenToYuan(sum.payment - sum.refund)}\r\n`,
  };
}

/** What goes back is written with a minus. */
function rowOf(each: Movement): string[] {
  const isRefund = each.kind === "refund";
  const amount = `${isRefund ? "-" : ""}${fenToYuan(each.amountFen)}`;
  const at = beijingTime(each.atMs);
  return [
    ...[each.tradeNo, each.outTradeNo, isRefund ? "退款" : "交易", each.description, at, at],
    ...[
      "",
      "",
      "",
      "",
      "pay***@example.com",
      amount,
      amount,
      "0.00",
      "0.00",
      "0.00",
      "0.00",
      "0.00",
      "",
      "0.00",
      "0.00",
    ],
    ...[each.outRefundNo, "0.00", "0.00", ""],
  ];
}
