import { createCipheriv, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { NoticeRequest } from "./provider.ts";
import { judgeWechatNotice, type WechatNoticeKeys } from "./wechat-notice.ts";

const platform = generateKeyPairSync("rsa", { modulusLength: 2048 });
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keys: WechatNoticeKeys = {
  appId: "wxd678efh567hg6787",
  mchId: "1230000109",
  apiV3Key: "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb",
  publicKeyId: "PUB_KEY_ID_0114232134912410000000000000",
  publicKey: platform.publicKey,
};
const now = new Date("2026-03-01T12:00:00Z");
const paid = {
  appid: keys.appId,
  mchid: keys.mchId,
  out_trade_no: "0195500000007000800000000000000a",
  transaction_id: "4200001234202603011234567890",
  trade_type: "MWEB",
  trade_state: "SUCCESS",
  trade_state_desc: "支付成功",
  bank_type: "OTHERS",
  success_time: "2026-03-01T19:59:58+08:00",
  payer: { openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
  amount: { total: 1234, payer_total: 1234, currency: "CNY", payer_currency: "CNY" },
};

interface Making {
  event?: string;
  key?: string;
  at?: Date;
  signer?: typeof platform;
  serial?: string;
}

function makeNotice(resource: unknown, making: Making = {}): NoticeRequest {
  const nonce = randomBytes(6).toString("hex");
  const cipher = createCipheriv("aes-256-gcm", making.key ?? keys.apiV3Key, nonce).setAAD(
    Buffer.from("transaction"),
  );
  const sealed = [cipher.update(JSON.stringify(resource)), cipher.final(), cipher.getAuthTag()];
  const body = JSON.stringify({
    id: "EV-2018022511223320873",
    create_time: "2026-03-01T20:00:00+08:00",
    resource_type: "encrypt-resource",
    event_type: making.event ?? "TRANSACTION.SUCCESS",
    summary: "支付成功",
    resource: {
      original_type: "transaction",
      algorithm: "AEAD_AES_256_GCM",
      ciphertext: Buffer.concat(sealed).toString("base64"),
      associated_data: "transaction",
      nonce,
    },
  });
  return signed(body, making);
}

function signed(
  body: string,
  { at = now, signer = platform, serial = keys.publicKeyId }: Making = {},
): NoticeRequest {
  const timestamp = String(at.getTime() / 1000);
  const message = Buffer.from(`${timestamp}\nc5ac7061fccab6bf\n${body}\n`);
  return {
    headers: {
      "wechatpay-timestamp": timestamp,
      "wechatpay-nonce": "c5ac7061fccab6bf",
      "wechatpay-signature": sign("RSA-SHA256", message, signer.privateKey).toString("base64"),
      "wechatpay-serial": serial,
    },
    body: Buffer.from(body),
  };
}

const minutes = (count: number) => new Date(now.getTime() + count * 60_000);
const judge = (request: NoticeRequest) => judgeWechatNotice(keys, request, now);

describe("a WeChat Pay callback", () => {
  it("that is genuine names the payment, the trade, the amount and the time of payment", () => {
    expect(judge(makeNotice(paid))).toEqual({
      ok: true,
      notice: {
        kind: "payment",
        noticeId: "EV-2018022511223320873",
        paymentId: "01955000-0000-7000-8000-00000000000a",
        tradeNo: "4200001234202603011234567890",
        amountFen: 1234,
        paidAt: new Date("2026-03-01T11:59:58Z"),
      },
    });
  });

  it("of a refund names the refund and whether it succeeded", () => {
    const refund = {
      mchid: keys.mchId,
      out_trade_no: paid.out_trade_no,
      transaction_id: paid.transaction_id,
      out_refund_no: "0195500000007000800000000000000b",
      refund_id: "50200207182018070300011301001",
      refund_status: "ABNORMAL",
      amount: { total: 1234, refund: 1234, payer_total: 1234, payer_refund: 1234 },
    };
    expect(judge(makeNotice(refund, { event: "REFUND.ABNORMAL" }))).toMatchObject({
      ok: true,
      notice: {
        kind: "refund",
        refundId: "01955000-0000-7000-8000-00000000000b",
        outcome: "abnormal",
        amountFen: 1234,
      },
    });
  });

  it("of a kind that we do not act on is authentic and ignored", () => {
    expect(judge(makeNotice({}, { event: "COUPON.USE" }))).toMatchObject({
      ok: true,
      notice: { kind: "ignored" },
    });
  });
});

describe("P2: a WeChat Pay callback is refused", () => {
  const genuine = makeNotice(paid);
  const cases: [string, string, NoticeRequest][] = [
    ["without its signature headers", "signature", { ...genuine, headers: {} }],
    ["signed by a stranger", "signature", makeNotice(paid, { signer: stranger })],
    ["signed under another key's id", "signature", makeNotice(paid, { serial: "PUB_KEY_ID_1" })],
    [
      "with one byte of its body changed",
      "signature",
      { ...genuine, body: Buffer.from(genuine.body.toString().replace("EV-2018", "EV-2019")) },
    ],
    [
      "with its timestamp moved to now",
      "signature",
      {
        ...makeNotice(paid, { at: minutes(-60) }),
        headers: {
          ...makeNotice(paid, { at: minutes(-60) }).headers,
          "wechatpay-timestamp": String(now.getTime() / 1000),
        },
      },
    ],
    ["replayed after five minutes", "timestamp", makeNotice(paid, { at: minutes(-5.1) })],
    ["from the future", "timestamp", makeNotice(paid, { at: minutes(5.1) })],
    ["for another merchant", "merchant", makeNotice({ ...paid, mchid: "1230000108" })],
    ["for another app", "app", makeNotice({ ...paid, appid: "wx2421b1c4370ec43b" })],
    ["in another currency", "currency", makeNotice({ ...paid, amount: { ...paid.amount, currency: "USD" } })],
    ["without a currency", "currency", makeNotice({ ...paid, amount: { total: 1234 } })],
    ["for nothing", "amount", makeNotice({ ...paid, amount: { ...paid.amount, total: 0 } })],
    ["for a negative amount", "malformed", makeNotice({ ...paid, amount: { ...paid.amount, total: -1234 } })],
    [
      "for a fraction of a fen",
      "malformed",
      makeNotice({ ...paid, amount: { ...paid.amount, total: 12.5 } }),
    ],
    ["about a trade number that is none of ours", "malformed", makeNotice({ ...paid, out_trade_no: "4711" })],
    [
      "that says success of a trade not paid",
      "malformed",
      makeNotice({ ...paid, trade_state: "USERPAYING" }),
    ],
    [
      "sealed with another APIv3 key",
      "malformed",
      makeNotice(paid, { key: "4EYG13V2Uz15h0JrAd8tk5k35Vlfn8c5" }),
    ],
    ["that is signed and no JSON", "malformed", signed("<xml/>")],
    ["that is signed and no callback", "malformed", signed('{"resource":{}}')],
    [
      "that is Alipay's",
      "signature",
      {
        headers: {},
        body: Buffer.from("out_trade_no=0195500000007000800000000000000a&trade_status=TRADE_SUCCESS&sign=x"),
      },
    ],
  ];
  it.each(cases)("%s", (_title, reason, request) => {
    expect(judge(request)).toMatchObject({ ok: false, reason });
  });
});
