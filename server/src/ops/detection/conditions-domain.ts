/** What a condition says of the world as it is now; the state that it leads to is the evaluator's. */
import type { Condition, Facts, Gauge, Labels, Rule } from "@orderwatch/shared/ops/detection.ts";
import { paymentMethods } from "@orderwatch/shared/shop/orders.ts";

export interface GaugeValue {
  labels: Labels;
  value: number;
  facts?: Facts;
}

/** All that conditions look at. */
export interface World {
  /** What was counted under a name in the last `windowS` seconds. */
  sum(counter: string, windowS: number): number;
  /** How far back what was counted is known, in seconds: a young shop has no hours. */
  knownS: number;
  /** A gauge that is absent could not be read: nothing is concluded from it. */
  gauges: { readonly [G in Gauge]?: readonly GaugeValue[] };
  /** The same window of earlier weeks, each week's count; fewer weeks while there is less history. */
  earlier(counters: readonly string[], windowS: number): readonly number[];
}

/** `between`: neither does it hold, nor is it over. `unknown`: it could not be measured. */
export type Verdict = "bad" | "between" | "unknown" | "good";

export interface Reading {
  labels: Labels;
  verdict: Verdict;
  facts: Facts;
}

type Of<K extends Condition["kind"]> = Extract<Condition, { kind: K }>;

/** One reading for each thing that the condition speaks of. */
export function read(condition: Condition, world: World): Reading[] {
  switch (condition.kind) {
    case "gauge":
      return readGauge(condition, world);
    case "share":
      return readShare(condition, world);
    case "count":
      return [readCount(condition, world)];
    case "burn":
      return [readBurn(condition, world)];
    case "absence":
      return [readAbsence(condition, world)];
    case "drop":
      return [readDrop(condition, world)];
  }
}

/** For how long something that is over may still make the rule fire, in seconds. */
export function memoryS({ conditions, forS }: Pick<Rule, "conditions" | "forS">): number {
  const spans = conditions.map((condition) => {
    switch (condition.kind) {
      case "gauge":
        return 0;
      // The short span has to be bad, too.
      case "burn":
        return Math.max(...condition.windows.map(({ shortS }) => shortS));
      default:
        return condition.windowS;
    }
  });
  return Math.max(...spans) + forS;
}

const total = (world: World, counters: readonly string[], windowS: number) =>
  counters.reduce((sum, counter) => sum + world.sum(counter, windowS), 0);

const round = (value: number) => Math.round(value * 10_000) / 10_000;

function judge(value: number, bounds: { fireAt: number; clearAt: number }, isBelow = false): Verdict {
  const sign = isBelow ? -1 : 1;
  if (value * sign >= bounds.fireAt * sign) return "bad";
  return value * sign <= bounds.clearAt * sign ? "good" : "between";
}

function readGauge(condition: Of<"gauge">, { gauges }: World): Reading[] {
  const values = gauges[condition.gauge];
  if (!values) return [{ labels: {}, verdict: "unknown", facts: {} }];
  return values.map(({ labels, value, facts }) => ({
    labels,
    verdict: judge(value, condition, condition.direction === "below"),
    facts: { [condition.gauge]: value, ...facts },
  }));
}

function readShare(condition: Of<"share">, world: World): Reading[] {
  const { windowS, minEvents } = condition;
  const groups = condition.per === "channel" ? paymentMethods : [null];
  return groups.map((channel) => {
    const own = (counters: readonly string[]) =>
      channel === null ? counters : counters.map((counter) => `${channel}:${counter}`);
    const bad = total(world, own(condition.bad), windowS);
    const events = total(world, own(condition.of), windowS);
    const share = events === 0 ? 0 : bad / events;
    return {
      labels: channel === null ? {} : { channel },
      // Too few to say anything is nothing wrong: a quiet hour must not keep an alert alive.
      verdict: events === 0 || events < minEvents ? "good" : judge(share, condition),
      facts: { share: round(share), bad, events, windowS },
    };
  });
}

function readCount(condition: Of<"count">, world: World): Reading {
  const count = total(world, condition.of, condition.windowS);
  return { labels: {}, verdict: judge(count, condition), facts: { count, windowS: condition.windowS } };
}

/**
 * Multi-window burn rates: how many times too fast the error budget is spent, over a long span that proves it matters
 * and a short one that proves it goes on. Source: Google SRE Workbook, chapter 5. A long span that is known in part
 * proves as much as that part would have spent of the whole span's budget.
 */
function readBurn(condition: Of<"burn">, world: World): Reading {
  const budget = 1 - condition.objective;
  const burnOver = (spanS: number) => {
    const events = total(world, condition.of, spanS);
    return { events, burn: events === 0 ? 0 : total(world, condition.bad, spanS) / events / budget };
  };
  const windows = condition.windows.map(({ longS, shortS, burn }) => {
    const seen = burnOver(longS);
    const long = { ...seen, burn: seen.burn * Math.min(1, world.knownS / longS) };
    const short = burnOver(shortS);
    const isBad = long.events >= condition.minEvents && long.burn >= burn && short.burn >= burn;
    return { longS, shortS, long, short, isBad };
  });
  const shown = windows.find(({ isBad }) => isBad) ?? windows[0];
  const isOver = windows.every(({ short }) => short.burn <= condition.clearBurn);
  return {
    labels: {},
    verdict: shown?.isBad ? "bad" : isOver ? "good" : "between",
    facts: shown
      ? {
          burn: round(shown.long.burn),
          burnNow: round(shown.short.burn),
          longS: shown.longS,
          shortS: shown.shortS,
          events: shown.long.events,
        }
      : {},
  };
}

function readAbsence(condition: Of<"absence">, world: World): Reading {
  const seen = total(world, condition.of, condition.windowS);
  const despite = total(world, condition.despite, condition.windowS);
  const isBad = seen === 0 && despite >= condition.minEvents;
  return {
    labels: {},
    verdict: seen > 0 ? "good" : isBad ? "bad" : "between",
    facts: { seen, despite, windowS: condition.windowS },
  };
}

/** How far below its expectation a count must lie that chance alone does not explain it, in standard deviations. */
const surprise = 3;

function readDrop(condition: Of<"drop">, world: World): Reading {
  const { windowS, minEvents, minWeeks } = condition;
  const weeks = world.earlier(condition.of, windowS);
  const expected = median(weeks);
  const actual = total(world, condition.of, windowS);
  const missing = expected === 0 ? 0 : Math.max(0, 1 - actual / expected);
  const facts = { missing: round(missing), expected, actual, weeks: weeks.length, windowS };
  if (weeks.length < minWeeks || expected < minEvents) return { labels: {}, verdict: "good", facts };
  // Weeks that differ much from each other foretell little, so more must be missing.
  const spread = Math.max(Math.sqrt(expected), 1.4826 * median(weeks.map((n) => Math.abs(n - expected))));
  const verdict = judge(missing, condition);
  const isChance = expected - actual < surprise * spread;
  return { labels: {}, verdict: verdict === "bad" && isChance ? "between" : verdict, facts };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return 0;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] ?? 0;
  return ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
