import type { Gauge, Rule } from "@orderwatch/shared/ops/detection.ts";
import { expect } from "vitest";
import type { GaugeValue } from "../src/ops/detection/conditions-domain.ts";
import { type Change, type DetectionState, restingState, step } from "../src/ops/detection/domain.ts";
import { Series } from "../src/ops/detection/series-domain.ts";
import { shippedRules } from "../src/ops/detection/shipped-rules.ts";
import type { Holds, Span } from "../src/ops/detection/suppression-domain.ts";

type Gauges = { [G in Gauge]?: readonly GaugeValue[] };

/** A shop with nothing wrong, as the gauges show it. */
export const healthyGauges: Gauges = {
  active_nodes: [{ labels: {}, value: 1 }],
  dead_node: [
    { labels: { node: "shop-1" }, value: 0 },
    { labels: { node: "shop-2" }, value: 0 },
  ],
  database_silent_s: [{ labels: {}, value: 0 }],
  queue_lag_s: [
    { labels: { queue: "delivery" }, value: 0.2 },
    { labels: { queue: "settlement" }, value: 0.1 },
  ],
  paid_without_code: [{ labels: {}, value: 0 }],
  code_delivered_twice: [{ labels: {}, value: 0 }],
  stock_mismatch: [],
  codes_missing: [],
  channel_probe_failures: [
    { labels: { channel: "wechat" }, value: 0 },
    { labels: { channel: "alipay" }, value: 0 },
  ],
  supplier_probe_failures: [{ labels: {}, value: 0 }],
  recharges_retried: [{ labels: {}, value: 0 }],
  ticket_burst: [],
  node_database_silent_s: [{ labels: { node: "shop-1" }, value: 0 }],
  failed_sign_ins: [{ labels: {}, value: 0 }],
  unpaid_accounts_on_device: [{ labels: {}, value: 0 }],
  clock_skew_s: [
    { labels: { node: "shop-1" }, value: 0 },
    { labels: { node: "shop-2" }, value: 0 },
  ],
};

/** 20 orders a second, as the ring counts a second of them. */
export const healthySecond: Record<string, number> = {
  placed: 20,
  paid: 17,
  delivered: 17,
  "wechat:placed": 11,
  "wechat:paid": 9,
  "alipay:placed": 9,
  "alipay:paid": 8,
  "beacon:visit": 60,
  "beacon:checkout": 25,
  requests: 200,
  callbacks_accepted: 17,
  timed: 20,
  slow: 0,
};

/** Rules whose firing at a named level, and whose end, some timeline of this process expected and saw. */
export const told = { fired: new Set<string>(), resolved: new Set<string>() };

export const at0 = new Date("2026-03-02T00:00:00Z");

/**
 * A script of what happens, second by second, under an injected clock: `at(5).counts(…)` changes the world from that
 * second on, `between(7, 9).expectFired(…)` says when something must have come of it. Nothing else may.
 */
export class Timeline {
  readonly #does = new Map<number, (() => void)[]>();
  readonly #wanted: { from: number; to: number; type: Change["type"]; key: string; level?: number }[] = [];
  #rules: readonly Rule[] = shippedRules;
  #counts: Record<string, number> = healthySecond;
  #gauges: Gauges = healthyGauges;
  #earlier: readonly number[] = [];
  #silences: readonly Span[] = [];
  #windows: readonly Span[] = [];
  #stepS = 1;

  /** How many seconds one step is; the world is looked at once a step. */
  every(stepS: number): this {
    this.#stepS = stepS;
    return this;
  }

  rules(...rules: Rule[]): this {
    this.#rules = rules;
    return this;
  }

  at(second: number) {
    const when = (does: () => void) => {
      this.#does.set(second, [...(this.#does.get(second) ?? []), does]);
      return this;
    };
    return {
      counts: (counts: Record<string, number>) =>
        when(() => {
          this.#counts = { ...healthySecond, ...counts };
        }),
      quiet: () =>
        when(() => {
          this.#counts = {};
        }),
      gauge: (gauge: Gauge, values: readonly GaugeValue[] | "unread") =>
        when(() => {
          const { [gauge]: _, ...others } = this.#gauges;
          this.#gauges = values === "unread" ? others : { ...others, [gauge]: values };
        }),
      earlierWeeks: (...counts: number[]) =>
        when(() => {
          this.#earlier = counts;
        }),
      silence: (endsAt: number, matchers: Record<string, string>) =>
        when(() => {
          this.#silences = [...this.#silences, span(`silence-${second}`, second, endsAt, matchers)];
        }),
      maintenance: (endsAt: number, matchers: Record<string, string> = {}) =>
        when(() => {
          this.#windows = [...this.#windows, span(`window-${second}`, second, endsAt, matchers)];
        }),
      rules: (...rules: Rule[]) =>
        when(() => {
          this.#rules = rules;
        }),
    };
  }

  between(from: number, to: number) {
    const want = (type: Change["type"], key: string, level?: number) => {
      this.#wanted.push({ from, to, type, key, ...(level === undefined ? {} : { level }) });
      return this;
    };
    return {
      expectFired: (key: string, level?: number) => want("fired", key, level),
      expectHeld: (key: string) => want("held", key),
      expectRaised: (key: string) => want("raised", key),
      expectResolved: (key: string) => want("resolved", key),
    };
  }

  /** Plays `seconds` of it; throws where something came too early, too late, or uncalled-for. */
  run(seconds: number): { second: number; change: Change }[] {
    const series = new Series();
    const seen: { second: number; change: Change }[] = [];
    let state: DetectionState = restingState;
    for (let second = 0; second <= seconds; second += this.#stepS) {
      for (const [when, does] of this.#does)
        if (when > second - this.#stepS && when <= second) for (const each of does) each();
      const counts = Object.entries(this.#counts).map(([name, n]) => [name, n * this.#stepS] as const);
      series.add(at0.getTime() / 1_000 + second, new Map(counts));
      const holds: Holds = { silences: this.#silences, windows: this.#windows };
      const next = step(state, {
        rules: this.#rules,
        world: {
          sum: (name, windowS) => series.sum(name, windowS),
          knownS: series.knownS,
          gauges: this.#gauges,
          earlier: () => this.#earlier,
        },
        holds,
        now: new Date(at0.getTime() + second * 1_000),
      });
      state = next.state;
      seen.push(...next.changes.map((change) => ({ second, change })));
    }
    const lines = seen.map(({ second, change }) => {
      const wanted = this.#wanted.find(
        ({ from, to, type, key, level }) =>
          type === change.type &&
          key === change.alert.key &&
          from <= second &&
          second <= to &&
          (level === undefined || level === change.rule?.level),
      );
      return `${wanted ? `${wanted.from}–${wanted.to}` : second} ${change.type} ${change.alert.key}`;
    });
    expect(lines.sort()).toEqual(
      this.#wanted.map(({ from, to, type, key }) => `${from}–${to} ${type} ${key}`).sort(),
    );
    for (const { type, key, level } of this.#wanted) {
      const rule = key.split(",", 1)[0] ?? key;
      if (type === "fired" && level !== undefined) told.fired.add(rule);
      if (type === "resolved") told.resolved.add(rule);
    }
    return seen;
  }
}

function span(id: string, startsAt: number, endsAt: number, matchers: Record<string, string>): Span {
  const time = (second: number) => new Date(at0.getTime() + second * 1_000);
  return { id, matchers, startsAt: time(startsAt), endsAt: time(endsAt) };
}
