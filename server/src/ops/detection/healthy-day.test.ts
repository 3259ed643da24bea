import { expect, test } from "vitest";
import { healthyGauges } from "../../../test/detection-timeline.ts";
import { type DetectionState, restingState, step } from "./domain.ts";
import { Series } from "./series-domain.ts";
import { shippedRules } from "./shipped-rules.ts";

/** Mulberry32, so that the day is the same one every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many of something that happens `mean` times a second on average happen in this one (Knuth). */
function poisson(random: () => number, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
}

/** Orders a second through a day: a quiet night, a busy evening. */
const rateAt = (second: number) => 6 - 5.5 * Math.cos((2 * Math.PI * (second - 4 * 3_600)) / 86_400);

test("O3: nothing is raised on the healthy day: 86,400 seeded seconds of buyers who also fail to pay", () => {
  const random = seeded(20_261_122);
  const series = new Series();
  const start = Date.parse("2026-03-02T00:00:00Z") / 1_000;
  const raised: string[] = [];
  let state: DetectionState = restingState;
  const expected = (until: number, windowS: number) => {
    let sum = 0;
    for (let second = until - windowS; second < until; second += 60) sum += rateAt(second) * 60;
    return sum;
  };
  for (let second = -3_600; second < 86_400; second++) {
    const rate = rateAt(second);
    const counts = new Map<string, number>();
    const add = (name: string, mean: number) => {
      const n = poisson(random, mean);
      if (n > 0) counts.set(name, n);
    };
    add("placed", rate);
    add("beacon:visit", rate * 3);
    add("beacon:checkout", rate * 1.3);
    add("requests", rate * 8);
    for (const [channel, share] of [
      ["wechat", 0.55],
      ["alipay", 0.45],
    ] as const) {
      add(`${channel}:placed`, rate * share);
      add(`${channel}:paid`, rate * share * 0.88);
      add(`${channel}:failed`, rate * share * 0.12);
      // One payment in three hundred meets a company that stumbles.
      add(`${channel}:unavailable`, (rate * share) / 300);
    }
    add("failed:payment.declined", rate * 0.06);
    add("failed:payment.limit_exceeded", rate * 0.06);
    add("failed:payment.channel_unavailable", rate / 300);
    add("failed:delivery.supplier_failed", rate / 1_000);
    add("refused:stock.sold_out", rate * 0.03);
    add("refused:risk.too_many_requests", rate * 0.01);
    add("refused:server.busy", rate / 3_000);
    // Companies tell some payments twice, and now and then a stranger tries his luck.
    add("callbacks_accepted", rate * 0.88);
    add("callbacks_repeated", rate * 0.05);
    add("callbacks_refused", 0.01);
    add("timed", rate);
    add("slow", rate / 500);
    series.add(start + second, counts);
    // The hour before is history, as after a start.
    if (second < 0) continue;
    const next = step(state, {
      rules: shippedRules,
      world: {
        sum: (name, windowS) => series.sum(name, windowS),
        knownS: series.knownS,
        gauges: {
          ...healthyGauges,
          queue_lag_s: [{ labels: { queue: "delivery" }, value: random() < 0.001 ? 4 : random() }],
          failed_sign_ins: [{ labels: {}, value: random() < 0.01 ? 6 : 0 }],
          unpaid_accounts_on_device: [{ labels: {}, value: Math.floor(random() * 4) }],
          clock_skew_s: [{ labels: { node: "shop-1" }, value: random() < 0.001 ? 6 : random() }],
          recharges_retried: [{ labels: {}, value: random() < 0.01 ? 2 : 0 }],
          channel_probe_failures: [
            { labels: { channel: "wechat" }, value: random() < 0.001 ? 1 : 0 },
            { labels: { channel: "alipay" }, value: random() < 0.001 ? 1 : 0 },
          ],
        },
        earlier: (_, windowS) => [0.85, 0.95, 1.05, 1.2].map((week) => week * expected(second, windowS)),
      },
      holds: { silences: [], windows: [] },
      now: new Date((start + second) * 1_000),
    });
    state = next.state;
    raised.push(...next.changes.map(({ type, alert }) => `${second} ${type} ${alert.key}`));
  }
  expect(raised).toEqual([]);
}, 120_000);
