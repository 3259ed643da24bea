import type { Rule } from "@orderwatch/shared/ops/detection.ts";
import { gauge, shipped } from "./rule-shapes.ts";

/** What strangers do to the shop and to the console, as far as it shows in what is refused. */
export const attackRules: readonly Rule[] = [
  shipped(
    "attack",
    { "zh-CN": "疑似恶意下单", en: "An attack is suspected" },
    {
      level: 2,
      runbook: "attack",
      conditions: [
        { kind: "count", of: ["refused:risk.*"], windowS: 60, fireAt: 120, clearAt: 20 },
        {
          kind: "share",
          bad: ["refused:risk.*"],
          of: ["placed", "refused:risk.*"],
          windowS: 30,
          fireAt: 0.5,
          clearAt: 0.1,
          minEvents: 40,
        },
      ],
      clearForS: 120,
    },
  ),
  shipped(
    "card-testing",
    { "zh-CN": "疑似用同一设备试盗刷卡", en: "One device seems to try stolen cards" },
    {
      level: 2,
      runbook: "attack",
      // A family, or a shop that orders for its customers, pays for most of what it orders.
      conditions: [gauge("unpaid_accounts_on_device", 15, 5)],
      clearForS: 60,
    },
  ),
  shipped(
    "callbacks-refused",
    { "zh-CN": "大量支付回调未通过校验", en: "Many payment callbacks are not believed" },
    {
      level: 2,
      runbook: "attack",
      conditions: [{ kind: "count", of: ["callbacks_refused"], windowS: 60, fireAt: 40, clearAt: 5 }],
      clearForS: 60,
    },
  ),
  shipped(
    "callbacks-replayed",
    { "zh-CN": "旧的支付回调被反复发送", en: "Old payment callbacks come again and again" },
    {
      level: 3,
      runbook: "attack",
      conditions: [
        {
          kind: "share",
          bad: ["callbacks_repeated"],
          of: ["paid", "callbacks_repeated"],
          windowS: 30,
          // A company that repeats each of its callbacks twice is not meant.
          fireAt: 0.75,
          clearAt: 0.4,
          minEvents: 100,
        },
      ],
      clearForS: 60,
    },
  ),
  shipped(
    "sign-in-guessing",
    { "zh-CN": "疑似有人在猜控制台密码", en: "Somebody seems to guess passwords of the console" },
    {
      level: 2,
      runbook: "attack",
      conditions: [gauge("failed_sign_ins", 40, 5)],
      clearForS: 60,
    },
  ),
];
