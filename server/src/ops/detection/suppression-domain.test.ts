import type { Rule } from "@orderwatch/shared/ops/detection.ts";
import { describe, expect, test } from "vitest";
import { Timeline } from "../../../test/detection-timeline.ts";
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

describe("a cause keeps its effects silent", () => {
  test("they are measured, told apart, and raised a minute after the cause is over if they stay", () => {
    new Timeline()
      .rules(ruleOf("no-active-node", { forS: 0 }), ruleOf("node-dead"))
      .at(10)
      .gauge("active_nodes", one(0))
      .at(10)
      .gauge("dead_node", one(1, { node: "shop-1" }))
      .between(10, 10)
      .expectFired("no-active-node")
      .between(10, 10)
      .expectFired('node-dead,node="shop-1"')
      .at(20)
      .gauge("active_nodes", one(1))
      .between(30, 30)
      .expectResolved("no-active-node")
      .between(89, 91)
      .expectRaised('node-dead,node="shop-1"')
      .run(120);
  });
});

describe("maintenance and silences", () => {
  test("maintenance measures on, and raises at its end what is still wrong", () => {
    new Timeline()
      .at(5)
      .maintenance(100, { channel: "alipay" })
      .at(10)
      .gauge("channel_probe_failures", probes(3))
      .between(10, 10)
      .expectFired(alipay)
      .between(100, 100)
      .expectRaised(alipay)
      .at(150)
      .gauge("channel_probe_failures", probes(0))
      .between(180, 180)
      .expectResolved(alipay)
      .run(250);
  });

  test("maintenance raises nothing that was over before its end", () => {
    const seen = new Timeline()
      .at(5)
      .maintenance(100)
      .at(10)
      .gauge("channel_probe_failures", probes(3))
      .at(20)
      .gauge("channel_probe_failures", probes(0))
      .between(10, 10)
      .expectFired(alipay)
      .between(50, 50)
      .expectResolved(alipay)
      .run(250);
    expect(seen.map(({ change }) => change.alert.heldBy)).toEqual([
      { by: "maintenance", id: "window-5" },
      { by: "maintenance", id: "window-5" },
    ]);
  });

  test("a silence outlives flapping, and ends by itself", () => {
    new Timeline()
      .at(5)
      .silence(200, { rule: "payment-channel-failing" })
      .at(10)
      .gauge("channel_probe_failures", probes(2))
      .at(20)
      .gauge("channel_probe_failures", probes(0))
      .at(100)
      .gauge("channel_probe_failures", probes(2))
      .between(10, 10)
      .expectFired(alipay)
      .between(50, 50)
      .expectResolved(alipay)
      .between(100, 100)
      .expectFired(alipay)
      .between(200, 200)
      .expectRaised(alipay)
      .run(250);
  });
});
