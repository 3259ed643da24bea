import type { Rule } from "@orderwatch/shared/ops/detection.ts";
import { describe, test } from "vitest";
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

describe("O4: the same condition is one alert", () => {
  test("O4: flapping for ten minutes fires once, and is over once", () => {
    const timeline = new Timeline();
    for (let second = 10; second < 610; second += 10) {
      timeline.at(second).gauge("channel_probe_failures", probes(2));
      timeline.at(second + 5).gauge("channel_probe_failures", probes(0));
    }
    timeline.between(10, 10).expectFired(alipay).between(635, 636).expectResolved(alipay).run(700);
  });

  test("O4: what comes and goes faster than a rule waits never fires", () => {
    const timeline = new Timeline();
    for (let second = 10; second < 600; second += 4) {
      timeline.at(second).gauge("queue_lag_s", one(60, { queue: "delivery" }));
      timeline.at(second + 2).gauge("queue_lag_s", one(1, { queue: "delivery" }));
    }
    timeline.run(700);
  });
});

describe("the rules in force", () => {
  test("a rule that is switched off ends its alerts", () => {
    new Timeline()
      .at(10)
      .gauge("code_delivered_twice", one(2))
      .between(10, 10)
      .expectFired("code-delivered-twice")
      .at(20)
      .rules(ruleOf("code-delivered-twice", { enabled: false }))
      .between(20, 20)
      .expectResolved("code-delivered-twice")
      .run(60);
  });
});
