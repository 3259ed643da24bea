/** What the public is told depends on the level, how far the incident has come, and what it struck; never on who writes. */
import type { AlertLevel, Labels } from "@orderwatch/shared/ops/detection.ts";
import type { UpdateTemplate } from "@orderwatch/shared/ops/public-updates.ts";
import { paymentNames } from "@orderwatch/shared/shop/payment-names.ts";
import type { ComponentName, PublicImpact, PublicPhase } from "@orderwatch/shared/shop/status.ts";
import { componentNames } from "@orderwatch/shared/shop/status.ts";
import type { Words } from "@orderwatch/shared/words.ts";

/** At level 1 nobody speaks to the public alone. */
export const needsApproval = (level: AlertLevel): boolean => level === 1;

const names: Record<ComponentName, Words> = {
  ordering: { "zh-CN": "下单", en: "Ordering" },
  ...paymentNames,
  delivery: { "zh-CN": "发货", en: "Delivery" },
  stock: { "zh-CN": "卡密库存", en: "Card stock" },
};

const struckByRule: Record<string, ComponentName> = {
  "no-active-node": "ordering",
  "database-down": "ordering",
  "orders-stopped": "ordering",
  "success-rate-burn": "ordering",
  "latency-burn": "ordering",
  "order-rate-drop": "ordering",
  "node-dead": "ordering",
  "supplier-failing": "delivery",
  "queue-lag": "delivery",
  "paid-without-code": "delivery",
  "stock-mismatch": "stock",
  "code-delivered-twice": "stock",
};

/** The part of the shop that an incident's rule and labels speak of; ordering when they name none. */
export function struckBy(rule: string | null, labels: Labels): ComponentName {
  const channel = componentNames.find((name) => name === labels.channel);
  return channel ?? (rule === null ? undefined : struckByRule[rule]) ?? "ordering";
}

/** That part as people call it. */
export const struckPart = (rule: string | null, labels: Labels): Words => names[struckBy(rule, labels)];

/** Whether it is a payment channel. */
export function isChannel(rule: string | null, labels: Labels): boolean {
  const struck = struckBy(rule, labels);
  return struck === "wechat" || struck === "alipay";
}

const titles: Record<AlertLevel, (name: Words) => Words> = {
  1: (name) => ({ "zh-CN": `${name["zh-CN"]}暂不可用`, en: `${name.en} is not available` }),
  2: (name) => ({ "zh-CN": `${name["zh-CN"]}部分异常`, en: `${name.en} is limited` }),
  3: (name) => ({ "zh-CN": `${name["zh-CN"]}轻微异常`, en: `A minor problem with ${name.en.toLowerCase()}` }),
};

const promise: Words = {
  "zh-CN": "已付款的订单不会丢失：会发货或退款。",
  en: "Paid orders are not lost: they are delivered or paid back.",
};

const texts: Record<PublicPhase, (name: Words, level: AlertLevel) => Words> = {
  investigating: (name, level) =>
    level === 1
      ? {
          "zh-CN": `${name["zh-CN"]}目前不可用，我们正在全力排查。${promise["zh-CN"]}`,
          en: `${name.en} is not available right now. We are looking into it with all hands. ${promise.en}`,
        }
      : {
          "zh-CN": `部分用户在${name["zh-CN"]}时可能遇到问题，我们正在排查。${promise["zh-CN"]}`,
          en: `Some of you may have trouble with this: ${name.en}. We are looking into it. ${promise.en}`,
        },
  identified: (name) => ({
    "zh-CN": `已找到${name["zh-CN"]}问题的原因，正在修复。${promise["zh-CN"]}`,
    en: `We have found the cause and are repairing it: ${name.en}. ${promise.en}`,
  }),
  monitoring: (name) => ({
    "zh-CN": `${name["zh-CN"]}已修复，我们正在观察。受影响的订单正在处理。`,
    en: `Repaired: ${name.en}. We keep watching, and settle the orders that were affected.`,
  }),
  resolved: (name) => ({
    "zh-CN": `${name["zh-CN"]}已恢复正常。给您带来不便，敬请谅解。`,
    en: `All is well again: ${name.en}. We are sorry for the trouble.`,
  }),
};

/** A first draft for the public in both languages. */
export function templateFor(
  incident: { level: AlertLevel; rule: string | null; labels: Labels },
  phase: PublicPhase,
): UpdateTemplate {
  const struck = struckBy(incident.rule, incident.labels);
  const impact: PublicImpact = { [struck]: incident.level === 1 ? "down" : "degraded" };
  return {
    title: titles[incident.level](names[struck]),
    text: texts[phase](names[struck], incident.level),
    impact,
  };
}
