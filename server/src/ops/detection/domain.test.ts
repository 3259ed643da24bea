import type { Rule } from "@orderwatch/shared/ops/detection.ts";
import { describe, expect, test } from "vitest";
import { testAttackRules } from "../../../test/attack-timelines.ts";
import { Timeline, told } from "../../../test/detection-timeline.ts";
import { shippedRules } from "./shipped-rules.ts";

const ruleOf = (slug: string, changes: Partial<Rule> = {}): Rule => {
  const rule = shippedRules.find((each) => each.slug === slug);
  if (!rule) throw new Error(`no rule ${slug}`);
  return { ...rule, ...changes };
};
const one = (value: number, labels: Record<string, string> = {}) => [{ labels, value }];
const alipay = 'payment-channel-failing,channel="alipay"';
const probes = (failures: number) => [
  { labels: { channel: "wechat" }, value: 0 },
  { labels: { channel: "alipay" }, value: failures },
];

describe("O3: each rule fires in time, at its level, and is over after its hysteresis", () => {
  test("no-active-node: at the second look, half a second later at the latest in life", () => {
    new Timeline()
      .at(10)
      .gauge("active_nodes", one(0))
      .between(11, 11)
      .expectFired("no-active-node", 1)
      .at(30)
      .gauge("active_nodes", one(1))
      .between(40, 40)
      .expectResolved("no-active-node")
      .run(120);
  });

  test("database-down: at once when it has been silent for 3 s; what cannot be read raises nothing", () => {
    const timeline = new Timeline();
    for (const gauge of ["queue_lag_s", "paid_without_code", "stock_mismatch"] as const)
      timeline.at(8).gauge(gauge, "unread");
    timeline
      .at(10)
      .gauge("database_silent_s", one(3))
      .between(10, 10)
      .expectFired("database-down", 1)
      .at(30)
      .gauge("database_silent_s", one(0))
      .between(40, 40)
      .expectResolved("database-down")
      .run(120);
  });

  test("orders-stopped: visitors at the checkout, and no order for a minute", () => {
    new Timeline()
      .rules(ruleOf("orders-stopped"))
      .at(10)
      .counts({ placed: 0 })
      .between(69, 76)
      .expectFired("orders-stopped", 1)
      .at(100)
      .counts({})
      .between(130, 131)
      .expectResolved("orders-stopped")
      .run(200);
  });

  test("orders-failing: most orders end in our errors", () => {
    new Timeline()
      .rules(ruleOf("orders-failing"))
      .at(10)
      .counts({ placed: 2, "refused:server.failed": 18 })
      .between(14, 19)
      .expectFired("orders-failing", 1)
      .at(60)
      .counts({})
      .between(95, 105)
      .expectResolved("orders-failing")
      .run(200);
  });

  test("success-rate-burn: the hour's budget is spent 14.4 times too fast, and still is", () => {
    new Timeline()
      .rules(ruleOf("success-rate-burn"))
      .every(10)
      .at(3_600)
      .counts({ "failed:payment.channel_unavailable": 12 })
      // 60 % of a second's orders: 28.8 % of an hour's are bad after 29 minutes.
      .between(3_600 + 1_700, 3_600 + 1_800)
      .expectFired("success-rate-burn", 1)
      .at(7_200)
      .counts({})
      .between(7_480, 7_560)
      .expectResolved("success-rate-burn")
      .run(14_000);
  });

  test("success-rate-slow-burn: hours of a little too much", () => {
    new Timeline()
      .rules(ruleOf("success-rate-slow-burn"))
      .every(60)
      .at(6 * 3_600)
      .counts({ "failed:delivery.supplier_failed": 4 })
      // 20 % of the orders: 12 % of six hours' after three fifths of them.
      .between(6 * 3_600 + 12_900, 6 * 3_600 + 13_600)
      .expectFired("success-rate-slow-burn", 2)
      .at(12 * 3_600)
      .counts({})
      // Six hours must be nearly clean again: nine tenths of them.
      .between(12 * 3_600 + 19_400, 12 * 3_600 + 20_200)
      .expectResolved("success-rate-slow-burn")
      .run(20 * 3_600);
  });

  test("latency-burn: too many orders over 200 ms", () => {
    new Timeline()
      .rules(ruleOf("latency-burn"))
      .every(10)
      .at(3_600)
      .counts({ slow: 6 })
      .between(3_600 + 600, 3_600 + 1_900)
      .expectFired("latency-burn", 2)
      .at(7_200)
      .counts({})
      .between(7_300, 9_400)
      .expectResolved("latency-burn")
      .run(12_000);
  });

  test("success-rate-burn: three bad minutes spend little of an hour's budget, in a shop of ten minutes as in an old one", () => {
    new Timeline()
      .rules(ruleOf("success-rate-burn"), ruleOf("success-rate-slow-burn"))
      .at(420)
      .counts({ "failed:payment.channel_unavailable": 12 })
      .at(600)
      .counts({})
      .run(1_800);
  });

  test("latency-burn: a cold start is no slow shop, though an hour holds nothing but its first seconds", () => {
    new Timeline().rules(ruleOf("latency-burn")).at(0).counts({ slow: 8 }).at(20).counts({}).run(600);
  });

  test("order-rate-drop: half of the same time of earlier weeks is missing, for a minute", () => {
    new Timeline()
      .rules(ruleOf("order-rate-drop"))
      .at(350)
      .earlierWeeks(6_000, 5_900, 6_200, 900)
      .at(400)
      .counts({ placed: 5 })
      .between(600, 680)
      .expectFired("order-rate-drop", 2)
      .at(1_000)
      .counts({})
      .between(1_150, 1_350)
      .expectResolved("order-rate-drop")
      .run(1_500);
  });

  test("order-rate-drop learns, and raises nothing, until it knows two weeks", () => {
    new Timeline()
      .rules(ruleOf("order-rate-drop"))
      .at(0)
      .earlierWeeks(6_000)
      .at(400)
      .counts({ placed: 1 })
      .run(1_500);
  });

  test("payment-channel-failing: two probes unanswered, without any traffic", () => {
    new Timeline()
      .at(0)
      .quiet()
      .at(10)
      .gauge("channel_probe_failures", probes(1))
      .at(12)
      .gauge("channel_probe_failures", probes(2))
      .between(12, 12)
      .expectFired(alipay, 2)
      .at(30)
      .gauge("channel_probe_failures", probes(0))
      .between(60, 60)
      .expectResolved(alipay)
      .run(120);
  });

  test("payment-channel-failing: half of a channel's payments fail, while the probe happens to be answered", () => {
    new Timeline()
      .rules(ruleOf("payment-channel-failing"))
      .at(20)
      .counts({ "alipay:unavailable": 5, "alipay:paid": 4 })
      .between(21, 25)
      .expectFired(alipay, 2)
      .at(60)
      .counts({})
      .between(94, 98)
      .expectResolved(alipay)
      .run(150);
  });

  test("supplier-failing: by probes, or by recharges that need another try", () => {
    for (const [gauge, value] of [
      ["supplier_probe_failures", 2],
      ["recharges_retried", 4],
    ] as const)
      new Timeline()
        .at(10)
        .gauge(gauge, one(value))
        .between(10, 10)
        .expectFired("supplier-failing", 2)
        .at(20)
        .gauge(gauge, one(0))
        .between(50, 50)
        .expectResolved("supplier-failing")
        .run(100);
  });

  test("queue-lag: each queue by itself, after two seconds of it", () => {
    const lag = (value: number) => [{ labels: { queue: "delivery" }, value }];
    new Timeline()
      .at(10)
      .gauge("queue_lag_s", lag(11))
      .between(12, 12)
      .expectFired('queue-lag,queue="delivery"', 2)
      // Neither bad nor good: nothing changes.
      .at(20)
      .gauge("queue_lag_s", lag(5))
      .at(60)
      .gauge("queue_lag_s", lag(1))
      .between(90, 90)
      .expectResolved('queue-lag,queue="delivery"')
      .run(120);
  });

  test.each([
    ["paid-without-code", "paid_without_code", 2],
    ["code-delivered-twice", "code_delivered_twice", 1],
  ] as const)("%s: at the first one", (slug, gauge, level) => {
    new Timeline()
      .at(10)
      .gauge(gauge, one(1))
      .between(10, 10)
      .expectFired(slug, level)
      .at(20)
      .gauge(gauge, one(0))
      .between(50, 50)
      .expectResolved(slug)
      .run(100);
  });

  test.each([
    ["stock-mismatch", "stock_mismatch"],
    ["codes-missing", "codes_missing"],
  ] as const)("%s: each product by itself; over when it is not named any more", (slug, gauge) => {
    new Timeline()
      .at(10)
      .gauge(gauge, one(3, { sku: "steam-50" }))
      .between(10, 10)
      .expectFired(`${slug},sku="steam-50"`, 1)
      .at(20)
      .gauge(gauge, [])
      .between(50, 50)
      .expectResolved(`${slug},sku="steam-50"`)
      .run(100);
  });

  test("ticket-burst: each code by itself, from five on; over when none is left", () => {
    new Timeline()
      .at(10)
      .gauge("ticket_burst", one(4, { code: "delivery.supplier_failed" }))
      .at(20)
      .gauge("ticket_burst", one(5, { code: "delivery.supplier_failed" }))
      .between(20, 20)
      .expectFired('ticket-burst,code="delivery.supplier_failed"', 2)
      .at(30)
      .gauge("ticket_burst", [])
      .between(60, 60)
      .expectResolved('ticket-burst,code="delivery.supplier_failed"')
      .run(100);
  });

  test("node-dead: at once, until it is back", () => {
    new Timeline()
      .at(10)
      .gauge("dead_node", one(1, { node: "shop-1" }))
      .between(10, 10)
      .expectFired('node-dead,node="shop-1"', 2)
      .at(14)
      .gauge("dead_node", one(0, { node: "shop-1" }))
      .between(44, 44)
      .expectResolved('node-dead,node="shop-1"')
      .run(100);
  });

  test("page-errors: a few in a hundred, for a while", () => {
    new Timeline()
      .rules(ruleOf("page-errors"))
      .at(10)
      .counts({ "refused:server.failed": 1 })
      .between(20, 50)
      .expectFired("page-errors", 3)
      .at(100)
      .counts({})
      .between(205, 225)
      .expectResolved("page-errors")
      .run(300);
  });

  test("clock-skew: each node by itself, and not for one late frame", () => {
    new Timeline()
      .at(5)
      .gauge("clock_skew_s", one(30, { node: "shop-1" }))
      .at(7)
      .gauge("clock_skew_s", one(0, { node: "shop-1" }))
      .at(20)
      .gauge("clock_skew_s", one(30, { node: "shop-1" }))
      .between(23, 23)
      .expectFired('clock-skew,node="shop-1"', 2)
      .at(30)
      .gauge("clock_skew_s", one(0, { node: "shop-1" }))
      .between(60, 60)
      .expectResolved('clock-skew,node="shop-1"')
      .run(100);
  });

  test("node-database-down: the node that takes orders says so; its failing orders raise nothing beside it", () => {
    new Timeline()
      .at(10)
      .gauge("node_database_silent_s", one(3, { node: "shop-1" }))
      .at(10)
      .counts({ placed: 0, timed: 0, "refused:server.busy": 20 })
      .between(10, 10)
      .expectFired('node-database-down,node="shop-1"', 1)
      .at(14)
      .gauge("node_database_silent_s", one(0, { node: "shop-2" }))
      .at(14)
      .counts({})
      .between(24, 24)
      .expectResolved('node-database-down,node="shop-1"')
      .rules(ruleOf("node-database-down"), ruleOf("orders-failing"))
      .run(60);
  });

  test("callbacks-missing: when none tells of what is paid, and not while nobody pays at a company", () => {
    new Timeline()
      .at(60)
      .counts({ "wechat:paid": 0, "alipay:paid": 0, callbacks_accepted: 0 })
      .at(120)
      .counts({ callbacks_accepted: 0 })
      .between(126, 132)
      .expectFired("callbacks-missing", 2)
      .at(160)
      .counts({})
      .between(190, 200)
      .expectResolved("callbacks-missing")
      .rules(ruleOf("callbacks-missing"))
      .run(240);
  });

  test("orders-slow: most of them, for a while", () => {
    new Timeline()
      .rules(ruleOf("orders-slow"))
      .at(40)
      .counts({ slow: 14 })
      .between(70, 80)
      .expectFired("orders-slow", 2)
      .at(120)
      .counts({})
      .between(205, 215)
      .expectResolved("orders-slow")
      .run(260);
  });

  test("turned-away: when most find things sold out", () => {
    new Timeline()
      .at(100)
      .counts({ placed: 5, "wechat:placed": 3, "alipay:placed": 2, "refused:stock.sold_out": 15 })
      .between(130, 165)
      .expectFired("turned-away", 2)
      .at(200)
      .counts({})
      .between(290, 325)
      .expectResolved("turned-away")
      .run(400);
  });

  testAttackRules();
});

test("O3: no rule is shipped without a timeline in which it fires at its level and is over", () => {
  const all = shippedRules.map(({ slug }) => slug).sort();
  expect([...told.fired].sort()).toEqual(all);
  expect([...told.resolved].sort()).toEqual(all);
});
