import type { Condition, Rule } from "@orderwatch/shared/ops/detection.ts";
import { attackRules } from "./attack-rules.ts";
import { gauge, shipped } from "./rule-shapes.ts";

/** Failures that are the shop's: a payer who is declined or leaves is none of them. */
const ourFailures = [
  "failed:payment.channel_unavailable",
  "failed:delivery.supplier_failed",
  "refused:server.*",
  "refused:payment.channel_unavailable",
];
const attempts = ["placed", "refused:server.*", "refused:payment.channel_unavailable"];

const burn = (
  windows: Extract<Condition, { kind: "burn" }>["windows"],
  of: { bad: string[]; of: string[]; objective: number; minEvents: number },
): Condition => ({ kind: "burn", ...of, windows, clearBurn: 1 });

const success = { bad: ourFailures, of: attempts, objective: 0.98, minEvents: 50 };
const latency = { bad: ["slow"], of: ["timed"], objective: 0.99, minEvents: 200 };
const hourS = 3_600;

/** Words in braces are replaced by the alert's labels. */
export const shippedRules: readonly Rule[] = [
  shipped(
    "no-active-node",
    { "zh-CN": "没有节点在接单", en: "No node takes orders" },
    {
      level: 1,
      runbook: "system-down",
      conditions: [{ kind: "gauge", gauge: "active_nodes", direction: "below", fireAt: 0, clearAt: 1 }],
      // A standby takes over within a quarter of a second; longer than this is an outage.
      forS: 0.5,
      clearForS: 10,
    },
  ),
  shipped(
    "database-down",
    { "zh-CN": "数据库无响应", en: "The database does not answer" },
    {
      level: 1,
      runbook: "database-down",
      conditions: [gauge("database_silent_s", 3, 0)],
      clearForS: 10,
    },
  ),
  shipped(
    "node-database-down",
    {
      "zh-CN": "接单节点 {node} 连不上数据库",
      en: "Node {node} takes orders and does not reach the database",
    },
    {
      level: 1,
      runbook: "database-down",
      conditions: [gauge("node_database_silent_s", 3, 0)],
      groupBy: ["node"],
      clearForS: 10,
      inhibitedBy: ["no-active-node", "database-down"],
    },
  ),
  shipped(
    "orders-stopped",
    { "zh-CN": "有访客但没有订单", en: "Visitors come, but no orders" },
    {
      level: 1,
      runbook: "system-down",
      conditions: [
        { kind: "absence", of: ["placed"], despite: ["beacon:checkout"], windowS: 60, minEvents: 20 },
      ],
      forS: 5,
      inhibitedBy: ["no-active-node", "database-down"],
    },
  ),
  shipped(
    "orders-failing",
    { "zh-CN": "下单大量失败", en: "Most orders fail on our side" },
    {
      level: 1,
      runbook: "system-down",
      conditions: [
        {
          kind: "share",
          bad: ["refused:server.*"],
          of: attempts,
          windowS: 10,
          fireAt: 0.5,
          clearAt: 0.1,
          minEvents: 20,
        },
      ],
      forS: 2,
      inhibitedBy: ["no-active-node", "database-down", "node-database-down"],
    },
  ),
  shipped(
    "success-rate-burn",
    { "zh-CN": "订单成功率急剧下降", en: "The success rate falls fast" },
    {
      level: 1,
      runbook: "system-down",
      conditions: [burn([{ longS: hourS, shortS: 300, burn: 14.4 }], success)],
      inhibitedBy: [
        "no-active-node",
        "database-down",
        "orders-failing",
        "payment-channel-failing",
        "supplier-failing",
      ],
    },
  ),
  shipped(
    "success-rate-slow-burn",
    { "zh-CN": "订单成功率持续偏低", en: "The success rate has been low for hours" },
    {
      level: 2,
      runbook: "system-down",
      conditions: [
        burn(
          [
            { longS: 6 * hourS, shortS: 1_800, burn: 6 },
            { longS: 72 * hourS, shortS: 6 * hourS, burn: 1 },
          ],
          { ...success, minEvents: 200 },
        ),
      ],
      // A shop that has just begun has spans of hours that hold minutes.
      forS: 300,
      clearForS: 300,
      inhibitedBy: [
        "no-active-node",
        "database-down",
        "success-rate-burn",
        "payment-channel-failing",
        "supplier-failing",
      ],
    },
  ),
  shipped(
    "latency-burn",
    { "zh-CN": "下单变慢", en: "Ordering is slow" },
    {
      level: 2,
      runbook: "system-down",
      conditions: [
        burn(
          [
            { longS: hourS, shortS: 300, burn: 14.4 },
            { longS: 6 * hourS, shortS: 1_800, burn: 6 },
          ],
          latency,
        ),
      ],
      // Spans that hold only what came since the start are full of cold first seconds.
      forS: 180,
      clearForS: 120,
      inhibitedBy: ["no-active-node", "database-down"],
    },
  ),
  shipped(
    "orders-slow",
    { "zh-CN": "大半订单变慢", en: "Most orders are slow" },
    {
      level: 2,
      runbook: "system-down",
      conditions: [
        {
          kind: "share",
          bad: ["slow"],
          of: ["timed"],
          windowS: 30,
          fireAt: 0.5,
          clearAt: 0.1,
          minEvents: 100,
        },
      ],
      forS: 15,
      clearForS: 60,
      inhibitedBy: ["no-active-node", "database-down", "node-database-down"],
    },
  ),
  shipped(
    "order-rate-drop",
    { "zh-CN": "订单量低于往周同期", en: "Fewer orders than in earlier weeks" },
    {
      level: 2,
      runbook: "order-rate-drop",
      conditions: [
        {
          kind: "drop",
          of: ["placed"],
          windowS: 300,
          fireAt: 0.5,
          clearAt: 0.3,
          minEvents: 30,
          minWeeks: 2,
        },
      ],
      forS: 60,
      clearForS: 120,
      inhibitedBy: ["no-active-node", "database-down", "orders-stopped", "payment-channel-failing"],
    },
  ),
  shipped(
    "payment-channel-failing",
    { "zh-CN": "{channel}故障", en: "Payments by {channel} fail" },
    {
      level: 2,
      runbook: "payment-channel-failing",
      conditions: [
        gauge("channel_probe_failures", 2, 0),
        {
          kind: "share",
          per: "channel",
          bad: ["unavailable"],
          of: ["unavailable", "paid"],
          windowS: 6,
          fireAt: 0.25,
          clearAt: 0.05,
          // A quarter of fewer can be two that stumbled; where so few pay, the probe tells as soon.
          minEvents: 20,
        },
      ],
      groupBy: ["channel"],
    },
  ),
  shipped(
    "callbacks-missing",
    { "zh-CN": "收到付款，却收不到支付回调", en: "Payments are made, and no callback tells of them" },
    {
      level: 2,
      runbook: "payment-channel-failing",
      conditions: [
        {
          kind: "absence",
          of: ["callbacks_accepted", "callbacks_repeated"],
          // What a balance paid, no company tells of.
          despite: ["wechat:paid", "alipay:paid"],
          windowS: 30,
          minEvents: 20,
        },
      ],
      forS: 5,
      inhibitedBy: ["no-active-node", "database-down"],
    },
  ),
  shipped(
    "supplier-failing",
    { "zh-CN": "供货商故障", en: "The supplier fails" },
    {
      level: 2,
      runbook: "supplier-failing",
      conditions: [gauge("supplier_probe_failures", 2, 0), gauge("recharges_retried", 4, 0)],
    },
  ),
  shipped(
    "queue-lag",
    { "zh-CN": "队列 {queue} 积压", en: "The queue {queue} lags" },
    {
      level: 2,
      runbook: "queue-stuck",
      conditions: [gauge("queue_lag_s", 10, 2)],
      forS: 2,
      groupBy: ["queue"],
      inhibitedBy: ["no-active-node", "database-down", "supplier-failing"],
    },
  ),
  shipped(
    "paid-without-code",
    { "zh-CN": "已付款超过一分钟仍未发码", en: "Paid more than a minute ago, and still without code" },
    {
      level: 2,
      runbook: "queue-stuck",
      conditions: [gauge("paid_without_code", 1, 0)],
      inhibitedBy: ["no-active-node", "database-down", "supplier-failing", "queue-lag"],
    },
  ),
  shipped(
    "code-delivered-twice",
    { "zh-CN": "同一卡密可能被重复发放", en: "A code may be delivered twice" },
    {
      level: 1,
      runbook: "oversell-suspicion",
      conditions: [gauge("code_delivered_twice", 1, 0)],
    },
  ),
  shipped(
    "ticket-burst",
    { "zh-CN": "大量工单：{code}", en: "Many tickets of one kind: {code}" },
    {
      level: 2,
      runbook: "supplier-failing",
      conditions: [gauge("ticket_burst", 5, 0)],
      groupBy: ["code"],
      inhibitedBy: ["no-active-node", "database-down"],
    },
  ),
  shipped(
    "codes-missing",
    { "zh-CN": "已导入的卡密不见了：{sku}", en: "Imported codes are gone: {sku}" },
    {
      level: 1,
      runbook: "data-loss",
      conditions: [gauge("codes_missing", 1, 0)],
      groupBy: ["sku"],
    },
  ),
  shipped(
    "stock-mismatch",
    { "zh-CN": "库存与账目不符：{sku}", en: "Stock and ledger differ: {sku}" },
    {
      level: 1,
      runbook: "oversell-suspicion",
      conditions: [gauge("stock_mismatch", 1, 0)],
      groupBy: ["sku"],
    },
  ),
  shipped(
    "node-dead",
    { "zh-CN": "节点 {node} 意外退出", en: "Node {node} died" },
    {
      level: 2,
      runbook: "system-down",
      conditions: [gauge("dead_node", 1, 0)],
      groupBy: ["node"],
      inhibitedBy: ["no-active-node"],
    },
  ),
  shipped(
    "page-errors",
    { "zh-CN": "下单请求出现服务器错误", en: "Requests to order end in server errors" },
    {
      level: 3,
      runbook: "page-broken",
      conditions: [
        {
          kind: "share",
          bad: ["refused:server.*"],
          of: attempts,
          windowS: 60,
          fireAt: 0.02,
          clearAt: 0.005,
          minEvents: 50,
        },
      ],
      forS: 10,
      clearForS: 60,
      inhibitedBy: ["no-active-node", "database-down", "orders-failing"],
    },
  ),
  ...attackRules,
  shipped(
    "clock-skew",
    { "zh-CN": "节点 {node} 的时钟不准", en: "The clock of node {node} is wrong" },
    {
      level: 2,
      runbook: "queue-stuck",
      conditions: [gauge("clock_skew_s", 5, 2)],
      forS: 3,
      groupBy: ["node"],
    },
  ),
  shipped(
    "turned-away",
    { "zh-CN": "大半买家遇到售罄", en: "Most buyers find things sold out" },
    {
      level: 2,
      runbook: "order-rate-drop",
      conditions: [
        {
          kind: "share",
          bad: ["refused:stock.sold_out"],
          of: ["placed", "refused:stock.sold_out"],
          windowS: 60,
          fireAt: 0.5,
          clearAt: 0.2,
          minEvents: 50,
        },
      ],
      forS: 5,
      clearForS: 60,
      inhibitedBy: ["no-active-node", "database-down"],
    },
  ),
];
