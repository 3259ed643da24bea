import { randomBytes, randomInt } from "node:crypto";
import type { Clock } from "../../platform/clock.ts";
import { callOutbound } from "../../platform/outbound.ts";
import type { SandboxKeys } from "../../platform/sandbox-keys.ts";
import type { SentCallback } from "../callbacks.ts";
import { createAlipaySigning } from "../gateways/alipay-messages.ts";
import { createWechatSigning } from "../gateways/wechat-messages.ts";
import { attackerAddress } from "./orders.ts";
import type { Shot } from "./volley.ts";

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 64 * 1024;
const anything = { event: "TRANSACTION.SUCCESS", summary: "支付成功", kind: "transaction" };

/**
 * Payments that nobody made, told to the shop in turn: signed by nobody, signed by WeChat Pay for another merchant, and an
 * Alipay form with another amount under an old signature.
 */
export function callbackForgery(context: { clock: Clock; keys: SandboxKeys; paymentsUrl: string }): Shot {
  const { clock, keys, paymentsUrl } = context;
  const wechat = createWechatSigning(keys.wechat);
  const alipay = createAlipaySigning(keys.alipay);
  const address = attackerAddress(randomInt(254));
  const transaction = (mchId: string) => ({
    appid: keys.wechat.appId,
    mchid: mchId,
    out_trade_no: randomBytes(16).toString("hex"),
    transaction_id: randomBytes(14).toString("hex"),
    trade_state: "SUCCESS",
    success_time: clock.now().toISOString(),
    amount: { total: 1, payer_total: 1, currency: "CNY", payer_currency: "CNY" },
  });
  const makes: readonly (() => Omit<SentCallback, "url"> & { company: "wechat" | "alipay" })[] = [
    () => {
      const body = wechat.sealNotice({
        ...anything,
        resource: transaction(keys.wechat.mchId),
        now: clock.now(),
      });
      const forged = { "wechatpay-signature": randomBytes(256).toString("base64") };
      const headers = { ...json, ...wechat.signedHeaders(body, clock.now()), ...forged };
      return { company: "wechat", headers, body };
    },
    () => {
      const body = wechat.sealNotice({ ...anything, resource: transaction("1900000001"), now: clock.now() });
      return {
        company: "wechat",
        headers: { ...json, ...wechat.signedHeaders(body, clock.now()) },
        body,
      };
    },
    () => {
      const fields = { out_trade_no: randomBytes(16).toString("hex"), trade_status: "TRADE_SUCCESS" };
      const form = new URLSearchParams(alipay.signedForm({ ...fields, total_amount: "0.01" }, clock.now()));
      form.set("total_amount", "999.00");
      return { company: "alipay", headers: urlencoded, body: form.toString() };
    },
  ];
  return async (number, signal) => {
    const make = makes[number % makes.length];
    if (!make) throw new Error("no forgery is left");
    const { company, headers, body } = make();
    const url = `${paymentsUrl}/api/payments/${company}/notify`;
    await tell({ url, headers: { ...headers, "x-forwarded-for": address }, body }, signal);
    return false;
  };
}

/** Payments that were made, told again word for word as somebody would who had listened. */
export function callbackReplay({
  taken,
  paymentsUrl,
}: {
  taken: readonly SentCallback[];
  paymentsUrl: string;
}): Shot {
  if (taken.length === 0) throw new Error("no callback was sent yet that could be sent again");
  const heard = [...taken];
  const address = attackerAddress(randomInt(254));
  return async (number, signal) => {
    const one = heard[number % heard.length];
    if (!one) throw new Error("no callback is left");
    // The shop's public name may lead away from this machine.
    const url = paymentsUrl + new URL(one.url).pathname;
    await tell({ ...one, url, headers: { ...one.headers, "x-forwarded-for": address } }, signal);
    return false;
  };
}

const json = { "content-type": "application/json" };
const urlencoded = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };

async function tell(callback: SentCallback, signal: AbortSignal): Promise<void> {
  await callOutbound({ ...callback, method: "POST", timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal });
}
