import { fenToYuan } from "@orderwatch/shared/money.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Endpoint } from "../../platform/http/endpoint.ts";
import type { HttpReply } from "../../platform/http/message.ts";
import type { Outcome, Trade } from "../trade.ts";
import { stateAt } from "../trade.ts";
import type { GatewayContext } from "./gateway.ts";

const brands: Record<Trade["gateway"], { zh: string; en: string; color: string }> = {
  wechat: { zh: "微信支付（沙箱）", en: "WeChat Pay sandbox", color: "#07853f" },
  alipay: { zh: "支付宝（沙箱）", en: "Alipay sandbox", color: "#0b5fd0" },
};

const choices: { outcome: Outcome; zh: string; en: string }[] = [
  { outcome: "success", zh: "支付成功", en: "Pay" },
  { outcome: "limit_exceeded", zh: "超出限额", en: "Limit exceeded" },
  { outcome: "declined", zh: "银行拒绝", en: "Declined by the bank" },
  { outcome: "timeout", zh: "支付超时", en: "Let it time out" },
];

/** The page on which a person decides how a payment ends. Its script is a file of its own, since inline ones are barred. */
export function createPayerPage(
  { clock, ledger }: GatewayContext,
  shopOrigins: readonly string[],
): Endpoint[] {
  const page: Endpoint = {
    method: "GET",
    path: "/cashier/:outTradeNo",
    bodyLimitBytes: 0,
    async handle(request) {
      const trade = ledger.trade(request.params.outTradeNo ?? "");
      if (!trade) throw new DomainError("payment.not_found", "Nothing is to be paid at this address");
      const wanted = request.query.get("redirect_url") ?? trade.returnUrl;
      const back = isAllowed(wanted, [...shopOrigins, originOf(trade.notifyUrl)]) ? wanted : undefined;
      return html(render(trade, stateAt(trade, clock.now().getTime()), back));
    },
  };
  const script: Endpoint = {
    method: "GET",
    path: "/cashier.js",
    bodyLimitBytes: 0,
    handle: async () => ({
      status: 200,
      headers: { "content-type": "text/javascript; charset=utf-8" },
      body: SCRIPT,
    }),
  };
  return [script, page];
}

/** Buyers are sent back to the shop alone, or this would be an open door to anywhere. */
function isAllowed(address: string | undefined, origins: readonly (string | undefined)[]): address is string {
  const origin = originOf(address);
  return origin !== undefined && origins.includes(origin);
}

function originOf(address: string | undefined): string | undefined {
  return address !== undefined && URL.canParse(address) ? new URL(address).origin : undefined;
}

function html(body: string): HttpReply {
  const headers = { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  return { status: 200, headers, body };
}

function render(trade: Trade, state: Trade["state"], back: string | undefined): string {
  const brand = brands[trade.gateway];
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${brand.zh} · ${brand.en}</title>
<style>${STYLE}</style>
</head>
<body style="--brand:${brand.color}">
<main data-trade="${escapeText(trade.outTradeNo)}" data-back="${escapeText(back ?? "")}">
<h1>${brand.zh}<small lang="en">${brand.en}</small></h1>
<p class="description">${escapeText(trade.description)}</p>
<p class="amount"><span>¥</span>${fenToYuan(trade.amountFen)}</p>
${state === "waiting" ? renderChoices() : renderEnd(state)}
${back ? `<p><a href="${escapeText(back)}">返回商户 <span lang="en">Back to the shop</span></a></p>` : ""}
<p class="hint">没有真实的钱 <span lang="en">No real money is involved</span></p>
</main>
<script src="/cashier.js"></script>
</body>
</html>
`;
}

function renderChoices(): string {
  const buttons = choices.map(
    ({ outcome, zh, en }) =>
      `<button type="button" value="${outcome}">${zh} <span lang="en">${en}</span></button>`,
  );
  return `<div class="choices">${buttons.join("\n")}</div><p role="status" aria-live="polite"></p>`;
}

function renderEnd(state: "paid" | "closed"): string {
  return state === "paid"
    ? '<p role="status">已支付 <span lang="en">Paid</span></p>'
    : '<p role="status">交易已关闭 <span lang="en">This payment is closed</span></p>';
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:light-dark(#f2f3f5,#16181c)}
main{box-sizing:border-box;width:min(24rem,100% - 2rem);padding:1.5rem;border-radius:12px;border-top:6px solid var(--brand);
background:light-dark(#fff,#22252b);box-shadow:0 2px 16px #0002;text-align:center}
h1{margin:0;font-size:1.1rem}h1 small,button span,p span[lang]{display:block;font-size:.8rem;font-weight:400;opacity:.75}
.description{margin:1rem 0 0;overflow-wrap:anywhere}.amount{margin:0 0 1rem;font-size:2.4rem;font-weight:700}
.amount span{font-size:1.3rem}.choices{display:grid;gap:.6rem}
button{font:inherit;padding:.6rem;border:1px solid light-dark(#8a8f98,#6c727d);border-radius:8px;background:none;color:inherit;cursor:pointer}
button:first-child{background:var(--brand);border-color:var(--brand);color:#fff}button:first-child span,a span,.hint span{opacity:1}
button:disabled{opacity:.5;cursor:default}button:focus-visible,a:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
a{color:light-dark(var(--brand),#8ab8ff)}.hint{font-size:.85rem;opacity:.75}
`;

const SCRIPT = `"use strict";
const main = document.querySelector("main");
const status = document.querySelector("[role=status]");
const say = (zh, en) => {
  status.textContent = zh;
  const span = document.createElement("span");
  span.lang = "en";
  span.textContent = en;
  status.append(span);
};
const enable = (on) => {
  for (const button of document.querySelectorAll("button")) button.disabled = !on;
};
document.querySelector(".choices")?.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  enable(false);
  try {
    const answer = await fetch("/cashier/" + main.dataset.trade, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ outcome: button.value }),
    });
    if (!answer.ok) {
      say("交易已关闭或已支付", "This payment is closed or paid already");
      return;
    }
    const { state } = await answer.json();
    if (state === "paid") say("支付成功", "Paid");
    else say("支付失败，可以重试", "The payment failed; you can try again");
    if (main.dataset.back) setTimeout(() => location.assign(main.dataset.back), 600);
    else if (state !== "paid") enable(true);
  } catch {
    say("网络错误，请重试", "No connection, please try again");
    enable(true);
  }
});
`;
