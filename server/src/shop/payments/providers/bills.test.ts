import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import iconv from "iconv-lite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId, newSandboxKeys, SandboxMerchant } from "../../../../test/sandbox-merchant.ts";
import { openAlipayBill } from "./alipay-bill.ts";
import { beijingLocal } from "./beijing-time.ts";
import type { Bill, BillEntry } from "./bill.ts";
import { tradeNumberOf } from "./trade-number.ts";
import { openWechatBill } from "./wechat-bill.ts";

const methods = ["wechat", "alipay"] as const;
const description = "点卡, 100 元, 充值";

let merchant: SandboxMerchant;
beforeAll(async () => {
  merchant = await SandboxMerchant.start(await newSandboxKeys());
});
afterAll(() => merchant.stop());

const today = () => beijingLocal(new Date()).slice(0, 10);
const readAll = async (bill: Bill | "being_made" | null): Promise<BillEntry[]> => {
  const entries: BillEntry[] = [];
  if (typeof bill === "object" && bill) for await (const entry of bill.entries()) entries.push(entry);
  return entries;
};
const behave = (provider: string, bill?: string) =>
  merchant.call("PUT", "/behaviour", { provider, ...(bill === undefined ? {} : { bill }) });

describe.each(methods)("a day's bill of %s", (method) => {
  it("is null for a day on which nothing moved, and while the company has none", async () => {
    expect(await merchant.provider(method).bill("2020-02-29")).toBeNull();
    const { paymentId } = merchant.newPayment(method);
    await merchant.pay(paymentId, "success");
    await behave(method, "missing");
    expect(await merchant.provider(method).bill(today())).toBeNull();
    await behave(method);
  });

  it("names every payment and every refund once, across a restart of the company, and nothing unpaid", async () => {
    const paid = merchant.newPayment(method, { amountFen: 123_456, description });
    const declined = merchant.newPayment(method);
    await merchant.pay(paid.paymentId, "success");
    await merchant.pay(declined.paymentId, "declined");
    const refundIds = [newId(), newId()];
    for (const [index, refundId] of refundIds.entries())
      await merchant.provider(method).refund({
        ...{ paymentId: paid.paymentId, refundId, totalFen: 123_456 },
        ...{ amountFen: 100 + index, reason: "half of it" },
      });
    await merchant.restartSandbox();
    const entries = await readAll(await merchant.provider(method).bill(today()));
    const about = (id: string) => entries.filter(({ outTradeNo }) => outTradeNo === tradeNumberOf(id));
    expect(about(paid.paymentId)).toMatchObject([
      { kind: "payment", amountFen: 123_456, outRefundNo: null },
      ...refundIds.map((id, index) => ({
        kind: "refund",
        amountFen: 100 + index,
        outRefundNo: tradeNumberOf(id),
      })),
    ]);
    expect(about(declined.paymentId)).toEqual([]);
  });

  it.each(["damaged", "rubbish"])("is refused when it is %s", async (kind) => {
    await merchant.pay(merchant.newPayment(method).paymentId, "success");
    await behave(method, kind);
    await expect(merchant.provider(method).bill(today())).rejects.toMatchObject({
      name: "BillError",
      flaw: "unreadable",
    });
    await behave(method);
  });
});

it("a bill of WeChat Pay that is still being made is told apart from one that there is none of", async () => {
  await behave("wechat", "being_made");
  expect(await merchant.provider("wechat").bill(today())).toBe("being_made");
  await behave("wechat");
});

const head =
  "交易时间,公众账号ID,商户号,微信订单号,商户订单号,交易状态,货币种类,应结订单金额,商户退款单号,退款金额,退款状态\n";
const totalsHead = "总交易单数,应结订单总金额,退款总金额\n";
const wechatFile = (text: string, hash = createHash("sha1").update(text).digest("hex")) =>
  openWechatBill({ packed: gzipSync(text), hashType: "SHA1", hash }, { appId: "wx1", mchId: "m1" });
const paidRow = (more: Partial<{ appId: string; mchId: string; yuan: string; currency: string }> = {}) => {
  const { appId = "wx1", mchId = "m1", yuan = "1.00", currency = "CNY" } = more;
  const fields = [
    "2026-01-31 08:00:00",
    appId,
    mchId,
    "4200",
    "a1",
    "SUCCESS",
    currency,
    yuan,
    "0",
    "0.00",
    "",
  ];
  return `${fields.map((field) => `\`${field}`).join(",")}\n`;
};

describe("a bill of WeChat Pay that is not what it should be is not used at all", () => {
  it("when its hash is of another file, though every row is well", async () => {
    const text = `${head}${paidRow()}${totalsHead}\`1,\`1.00,\`0.00\n`;
    expect(await readAll(await wechatFile(text))).toHaveLength(1);
    await expect(wechatFile(text, "0".repeat(40))).rejects.toMatchObject({ flaw: "hash_mismatch" });
  });

  it.each([
    ["its rows are fewer than it says", `${head}${paidRow()}${totalsHead}\`2,\`1.00,\`0.00\n`],
    ["its rows come to another sum", `${head}${paidRow()}${totalsHead}\`1,\`2.00,\`0.00\n`],
    ["it ends before its totals", `${head}${paidRow()}`],
    ["it is of another merchant", `${head}${paidRow({ mchId: "m2" })}${totalsHead}\`1,\`1.00,\`0.00\n`],
    ["an amount is none", `${head}${paidRow({ yuan: "1.001" })}${totalsHead}\`1,\`1.00,\`0.00\n`],
    ["its currency is another", `${head}${paidRow({ currency: "USD" })}${totalsHead}\`1,\`1.00,\`0.00\n`],
    ["a column is missing", `交易时间,商户号\n${totalsHead}\`0,\`0.00,\`0.00\n`],
  ])("when %s", async (_, text) => {
    await expect(wechatFile(text)).rejects.toMatchObject({ flaw: "unreadable" });
  });

  it("but another app's trades of the same merchant are passed over", async () => {
    const text = `${head}${paidRow()}${paidRow({ appId: "wx2" })}${totalsHead}\`2,\`2.00,\`0.00\n`;
    expect(await readAll(await wechatFile(text))).toHaveLength(1);
  });
});

describe("a bill of Alipay that is not what it should be is not used at all", () => {
  const columns =
    "支付宝交易号,商户订单号,业务类型,商品名称,完成时间,订单金额（元）,商家实收（元）,退款批次号/请求号\r\n";
  const row = (name = "卡, 两张", receivedYuan = "1.00") =>
    `2026\t,a1\t,交易\t,${name}\t,2026-01-31 08:00:00\t,1.00\t,${receivedYuan}\t,\t\r\n`;
  const refund = "2026\t,a1\t,退款\t,卡\t,2026-01-31 09:00:00\t,-0.40\t,-0.40\t,r1\t\r\n";
  const said = (count: number, yuan: string, refunds = "0笔，商家实收退款共0.00元") =>
    `#交易合计：${count}笔，商家实收共${yuan}元，商家优惠共0.00元\r\n#退款合计：${refunds}，商家优惠退款共0.00元\r\n`;
  const file = (text: string, name = "20880156_20260131_业务明细.csv") =>
    openAlipayBill(Buffer.from(zipSync({ [name]: iconv.encode(text, "gbk") })), { sellerId: "2088" });
  const account = "#账号：[20880156]\r\n";

  it("unless account, rows and totals agree", async () => {
    expect(await readAll(await file(`${account}${columns}${row()}${said(1, "1.00")}`))).toMatchObject([
      { kind: "payment", outTradeNo: "a1", amountFen: 100 },
    ]);
  });

  it.each([
    ["a name holds quotation marks", row('"VIP" 点卡'), said(1, "1.00")],
    ["a name begins with one that nothing ends", row('"VIP'), said(1, "1.00")],
    ["the merchant gave a discount", row("卡", "0.90"), said(1, "0.90")],
  ])("though %s, what was ordered counts", async (_, rows, totals) => {
    expect(await readAll(await file(`${account}${columns}${rows}${totals}`))).toMatchObject([
      { kind: "payment", outTradeNo: "a1", amountFen: 100 },
    ]);
  });

  it.each(["0.40", "-0.40"])("refunds add up too, whose total is written as %s", async (yuan) => {
    const text = (total: string) =>
      `${account}${columns}${row()}${refund}${said(1, "1.00", `1笔，商家实收退款共${total}元`)}`;
    expect(await readAll(await file(text(yuan)))).toMatchObject([
      { kind: "payment" },
      { kind: "refund", outRefundNo: "r1", amountFen: 40 },
    ]);
    await expect(file(text("0.41"))).rejects.toMatchObject({ flaw: "unreadable" });
  });

  it.each([
    ["its rows are fewer than it says", `${account}${columns}${row()}${said(2, "1.00")}`],
    ["its rows come to another sum", `${account}${columns}${row()}${said(1, "1.01")}`],
    ["it ends before its totals", `${account}${columns}${row()}`],
    ["it is of another account", `#账号：[20990156]\r\n${columns}${row()}${said(1, "1.00")}`],
    ["it is of an account that begins alike", `#账号：[20881]\r\n${columns}${row()}${said(1, "1.00")}`],
    [
      "a row says neither payment nor refund",
      `${account}${columns}${row().replace("交易", "转账")}${said(1, "1.00")}`,
    ],
  ])("when %s", async (_, text) => {
    await expect(file(text)).rejects.toMatchObject({ flaw: "unreadable" });
  });

  it("when the zip holds no details", async () => {
    await expect(file("x", "readme.csv")).rejects.toMatchObject({ flaw: "unreadable" });
  });
});
