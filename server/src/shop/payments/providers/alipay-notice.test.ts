import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AlipayProvider } from "./alipay.ts";

const merchant = generateKeyPairSync("rsa", { modulusLength: 2048 });
const platform = generateKeyPairSync("rsa", { modulusLength: 2048 });
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
const now = new Date("2026-03-01T12:00:00Z");
const provider = new AlipayProvider(
  {
    appId: "2014072300007148",
    sellerId: "2088102119685838",
    privateKey: merchant.privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
    publicKey: platform.publicKey.export({ type: "spki", format: "pem" }).toString(),
    gateway: "https://openapi.alipay.com/gateway.do",
  },
  { clock: { now: () => now }, nonce: () => "", timeoutMs: 1000 },
);
const judge = (form: string) => provider.verifyNotice({ headers: {}, body: Buffer.from(form) }, now);

/** The fields of the documentation's own example, https://opendocs.alipay.com/open/203/105286. */
const paid = {
  gmt_create: "2026-03-01 19:59:50",
  charset: "utf-8",
  gmt_payment: "2026-03-01 19:59:58",
  notify_time: "2026-03-01 20:00:00",
  subject: "测试 100% + A&B=C/礼品卡 50%25",
  buyer_id: "2088102116773037",
  body: "a+b c%2Bd",
  version: "1.0",
  notify_id: "ac05099524730693a8b330c45cf72da943",
  notify_type: "trade_status_sync",
  app_id: "2014072300007148",
  seller_id: "2088102119685838",
  out_trade_no: "0195500000007000800000000000000a",
  trade_no: "2026030122001473070241234567",
  trade_status: "TRADE_SUCCESS",
  total_amount: "12.34",
  receipt_amount: "12.34",
  fund_bill_list: '[{"amount":"12.34","fundChannel":"ALIPAYACCOUNT"}]',
};

interface Making {
  signer?: typeof platform;
  algorithm?: string;
  signType?: string;
}

/** Alipay's rule: every field but sign and sign_type, values decoded, sorted by name, joined by &. */
function makeNotice(fields: Record<string, string>, making: Making = {}): string {
  const message = Object.keys(fields)
    .sort()
    .map((name) => `${name}=${fields[name]}`)
    .join("&");
  const key = (making.signer ?? platform).privateKey;
  const signature = sign(making.algorithm ?? "RSA-SHA256", Buffer.from(message), key).toString("base64");
  return new URLSearchParams({ ...fields, sign: signature, sign_type: making.signType ?? "RSA2" }).toString();
}

describe("an Alipay callback", () => {
  it("that is genuine names the payment, the trade, the amount and the time, with Chinese, +, & and % in its values", () => {
    expect(judge(makeNotice(paid))).toEqual({
      ok: true,
      notice: {
        kind: "payment",
        noticeId: paid.notify_id,
        paymentId: "01955000-0000-7000-8000-00000000000a",
        tradeNo: paid.trade_no,
        amountFen: 1234,
        paidAt: new Date("2026-03-01T11:59:58Z"),
      },
    });
  });

  it("is still accepted on its last repetition, 25 hours later", () => {
    expect(judge(makeNotice({ ...paid, notify_time: "2026-02-28 19:00:00" }))).toMatchObject({ ok: true });
  });

  it("of a refund is told from the payment's, though the trade still counts as paid", () => {
    const refund = {
      ...paid,
      gmt_refund: "2026-03-01 20:10:00.123",
      refund_fee: "12.34",
      out_biz_no: "0195500000007000800000000000000b",
    };
    expect(judge(makeNotice(refund))).toMatchObject({
      ok: true,
      notice: { kind: "refund", refundId: "01955000-0000-7000-8000-00000000000b", outcome: "success" },
    });
  });

  it("of a trade that closed is authentic and ignored", () => {
    expect(judge(makeNotice({ ...paid, trade_status: "TRADE_CLOSED" }))).toMatchObject({
      ok: true,
      notice: { kind: "ignored", event: "TRADE_CLOSED" },
    });
  });

  it("is answered with exactly the word that Alipay waits for", () => {
    expect(provider.acknowledge(true).body).toBe("success");
    expect(provider.acknowledge(false).body).toBe("fail");
  });
});

describe("P2: an Alipay callback is refused", () => {
  const genuine = makeNotice(paid);
  const cases: [string, string, string][] = [
    ["without a signature", "signature", new URLSearchParams(paid).toString()],
    ["signed by a stranger", "signature", makeNotice(paid, { signer: stranger })],
    ["signed by ourselves", "signature", makeNotice(paid, { signer: merchant })],
    [
      "signed with SHA-1 (the signature type is the sender's word)",
      "signature",
      makeNotice(paid, { algorithm: "RSA-SHA1", signType: "RSA" }),
    ],
    ["with its amount changed", "signature", genuine.replace("total_amount=12.34", "total_amount=0.01")],
    ["with a field added", "signature", `${genuine}&extra=1`],
    ["with a field repeated", "malformed", `${genuine}&total_amount=0.01`],
    ["for another app", "app", makeNotice({ ...paid, app_id: "2014072300007149" })],
    ["for another seller", "merchant", makeNotice({ ...paid, seller_id: "2088102119685839" })],
    ["in another currency", "currency", makeNotice({ ...paid, trans_currency: "USD" })],
    ["for nothing", "amount", makeNotice({ ...paid, total_amount: "0.00" })],
    ["for a negative amount", "amount", makeNotice({ ...paid, total_amount: "-12.34" })],
    ["for a fraction of a fen", "amount", makeNotice({ ...paid, total_amount: "12.345" })],
    ["for an amount in another notation", "amount", makeNotice({ ...paid, total_amount: "1e3" })],
    ["replayed after two days", "timestamp", makeNotice({ ...paid, notify_time: "2026-02-27 20:00:00" })],
    ["from the future", "timestamp", makeNotice({ ...paid, notify_time: "2026-03-01 20:06:00" })],
    ["about a trade number that is none of ours", "malformed", makeNotice({ ...paid, out_trade_no: "4711" })],
    ["that is WeChat Pay's", "signature", '{"id":"EV-1","event_type":"TRANSACTION.SUCCESS","resource":{}}'],
    ["that is empty", "signature", ""],
  ];
  it.each(cases)("%s", (_title, reason, form) => {
    expect(judge(form)).toMatchObject({ ok: false, reason });
  });
});
