import { expect, it } from "vitest";
import { shippedRules } from "../detection/shipped-rules.ts";
import { readRunbooks } from "../runbooks/library.ts";
import { problemsOf } from "./document.ts";
import { belongs } from "./domain.ts";
import { readDrills } from "./library.ts";
import { type PastIncident, replayOf } from "./replay-domain.ts";

const rules = new Map(shippedRules.map((rule) => [rule.slug, rule]));
const known = { rules, runbooks: new Set((await readRunbooks()).keys()) };
const library = await readDrills(known);

const labelsOf: Record<string, Record<string, string>> = {
  "payment-channel-failing": { channel: "wechat" },
  "queue-lag": { queue: "delivery" },
  "node-dead": { node: "shop-2" },
};
const past = (rule: string | null, given: Partial<PastIncident> = {}): PastIncident => ({
  ...{ number: 7, title: { "zh-CN": "坏了", en: "It broke" }, rule, labels: labelsOf[rule ?? ""] ?? {} },
  ...{ runbook: null, lastedS: 120, failedShare: 0.5, minutes: [], usualPerMinute: 60, played: null },
  ...given,
});

it("an incident of any shipped rule becomes a drill that could be a file: its names exist, its expectations can be met", () => {
  for (const { slug } of shippedRules) {
    const drill = replayOf(past(slug), library);
    expect(drill, slug).not.toBeNull();
    if (drill) expect(problemsOf(drill, known), slug).toEqual([]);
  }
});

it("a replay owns the alerts that its fault sets off beside the incident's own", () => {
  const owns = (drill: ReturnType<typeof replayOf>, rule: string, labels: Record<string, string>) =>
    drill !== null && belongs(drill, ["shop-1"], { rule, labels });
  const database = replayOf(past("database-down"), library);
  expect(database?.faults).toMatchObject([{ kind: "database" }]);
  expect(owns(database, "node-database-down", { node: "shop-1" })).toBe(true);
  const away = replayOf(past("no-active-node"), library);
  expect(owns(away, "node-dead", { node: "shop-1" })).toBe(true);
  expect(owns(away, "node-dead", { node: "shop-2" })).toBe(false);
});

it("a replay expects the rule that its fault fires, no sooner than that rule can", () => {
  const slow = replayOf(past("latency-burn"), library);
  expect(slow?.expect.rule).toBe("orders-slow");
  for (const { slug } of shippedRules) {
    const drill = replayOf(past(slug, { lastedS: 1 }), library);
    const forS = rules.get(drill?.expect.rule ?? "")?.forS ?? 0;
    expect(drill?.durationS, slug).toBeGreaterThanOrEqual(drill?.expect.detectedWithinS ?? 0);
    expect(drill?.expect.detectedWithinS, slug).toBeGreaterThanOrEqual(forS);
  }
});

it("a replay strikes the payment company that failed, as hard as it was counted", () => {
  const wechat = replayOf(past("payment-channel-failing", { failedShare: 0.31 }), library);
  expect(wechat?.faults).toEqual([{ kind: "payment", channel: "wechat", errorRate: 0.3 }]);
  expect(wechat?.targets.labels.channel).toEqual(["wechat"]);
  const alipay = replayOf(
    past("payment-channel-failing", { labels: { channel: "alipay" }, failedShare: 0 }),
    library,
  );
  // Nothing was counted, such as where only a probe failed: then as hard as the shipped drill does.
  expect(alipay?.faults).toEqual([{ kind: "payment", channel: "alipay", errorRate: 1 }]);
});

it("a replay brings the incident's crowd minute by minute, and owns what a crowd sets off", () => {
  const minutes = [
    { minute: 0, placed: 60 },
    { minute: 1, placed: 240 },
    { minute: 3, placed: 90 },
  ];
  const crowded = replayOf(past("supplier-failing", { minutes, lastedS: 230 }), library);
  expect(crowded?.faults.at(-1)).toEqual({ kind: "surge", factor: 4, byMinute: [1, 4, 1, 1.5] });
  expect(crowded?.targets.rules).toContain("page-errors");
  expect(crowded && problemsOf(crowded, known)).toEqual([]);
  const calm = replayOf(past("supplier-failing", { minutes: [{ minute: 0, placed: 66 }] }), library);
  expect(calm?.faults.map(({ kind }) => kind)).toEqual(["supplier"]);
});

it("a drill's own incident is replayed as that drill was played, and what people declared is not", () => {
  const played = library.get("queue-stuck") ?? null;
  const again = replayOf(past("clock-skew", { played, failedShare: 0.9 }), library);
  expect(again).toMatchObject({ faults: played?.faults, targets: played?.targets, slug: "replay-7" });
  expect(again).not.toHaveProperty("schedule");
  expect(replayOf(past(null), library)).toBeNull();
});
