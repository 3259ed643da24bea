import type { ComponentName, Health, PublicPhase } from "@orderwatch/shared/shop/status.ts";
import type { Locale } from "../../lib/i18n/locale.ts";

type Overall = Exclude<Health, "unknown">;

/** English words of the status page; they come with it, so that who buys does not load them. */
const en = {
  title: "Is the shop working?",
  shop: {
    operational: "Everything works",
    degraded: "Working with limits",
    down: "Not selling right now",
  } satisfies Record<Overall, string>,
  explain: {
    operational: "Orders are taken, paid and delivered.",
    degraded: "Some orders may be slower, or something below is missing.",
    down: "We are on it. Paid orders are not lost: they are delivered or paid back.",
  } satisfies Record<Overall, string>,
  health: {
    operational: "Works",
    degraded: "Limited",
    down: "Not available",
    unknown: "Not known",
  } satisfies Record<Health, string>,
  stock: { operational: "In stock", degraded: "Much is sold out", down: "Sold out", unknown: "Not known" },
  components: "Parts of the shop",
  component: {
    ordering: "Ordering",
    wechat: "WeChat Pay",
    alipay: "Alipay",
    delivery: "Delivery",
    stock: "Card stock",
  } satisfies Record<ComponentName, string>,
  current: "What is going on",
  past: "Past incidents",
  pastNone: "Nothing was reported in the last 90 days.",
  phase: {
    investigating: "Looking into it",
    identified: "Cause found",
    monitoring: "Repaired, being watched",
    resolved: "Over",
  } satisfies Record<PublicPhase, string>,
  affects: "Affects",
  lasted: (minutes: number) =>
    minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`,
  unreachable: "From here, the shop cannot be reached. That may be your network, or the shop.",
  asOf: (time: string) => `As of ${time}`,
  stale: (seconds: number) => `${seconds} s old`,
};

export type StatusWords = typeof en;

const zh: StatusWords = {
  title: "商店运行正常吗？",
  shop: { operational: "一切正常", degraded: "部分受限", down: "暂停销售" },
  explain: {
    operational: "下单、支付、发货均正常。",
    degraded: "部分订单可能较慢，或以下某项暂不可用。",
    down: "我们正在处理。已付款的订单不会丢失：会发货或退款。",
  },
  health: { operational: "正常", degraded: "受限", down: "不可用", unknown: "未知" },
  stock: { operational: "有货", degraded: "多数已售罄", down: "已售罄", unknown: "未知" },
  components: "各项服务",
  component: { ordering: "下单", wechat: "微信支付", alipay: "支付宝", delivery: "发货", stock: "卡密库存" },
  current: "当前情况",
  past: "历史事件",
  pastNone: "最近 90 天没有发布过事件。",
  phase: {
    investigating: "正在排查",
    identified: "已找到原因",
    monitoring: "已修复，观察中",
    resolved: "已恢复",
  },
  affects: "影响",
  lasted: (minutes) =>
    minutes < 60 ? `${minutes} 分钟` : `${Math.floor(minutes / 60)} 小时 ${minutes % 60} 分钟`,
  unreachable: "从您这里无法连接商店，可能是您的网络问题，也可能是商店的问题。",
  asOf: (time) => `截至 ${time}`,
  stale: (seconds) => `${seconds} 秒前的数据`,
};

export const statusWords = (locale: Locale): StatusWords => (locale === "en" ? en : zh);
