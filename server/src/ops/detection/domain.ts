/** One alert of a key fires at a time, from `forS` of its condition holding until `clearForS` of its being over. */
import type { Facts, Labels, Rule, Suppression } from "@orderwatch/shared/ops/detection.ts";
import { type Reading, read, type Verdict, type World } from "./conditions-domain.ts";
import { type Holds, heldBy } from "./suppression-domain.ts";

/** A condition that holds, or is not yet over. */
export interface Tracked {
  key: string;
  rule: string;
  labels: Labels;
  facts: Facts;
  /** Times in ms since 1970 UTC. */
  since: number;
  lastTrue: number;
  /** Since when it has been over, while it fires; null while it is not. */
  clearSince: number | null;
  firedAt: number | null;
  /** What holds it back; null once somebody was told, for good. */
  heldBy: Suppression | null;
}

export interface DetectionState {
  tracked: ReadonlyMap<string, Tracked>;
  /** When each rule last fired, in ms. */
  lastFiring: ReadonlyMap<string, number>;
}

export const restingState: DetectionState = { tracked: new Map(), lastFiring: new Map() };

/**
 * `fired` opens an alert, held back or not; `held` says that something else holds it back now; `raised` that nothing
 * does any more though it still fires; `resolved` that it is over.
 */
export interface Change {
  type: "fired" | "held" | "raised" | "resolved";
  alert: Tracked;
  /** The rule as it was; null where it is gone. */
  rule: Rule | null;
}

/** A cause that ends leaves effects that take a moment to end too. */
export const inhibitionLingersMs = 60_000;

export function keyOf(rule: string, labels: Labels): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return [rule, ...sorted.map(([name, value]) => `${name}=${JSON.stringify(value)}`)].join(",");
}

/** One look at everything. Pure: the same state, rules, world and time give the same step. */
export function step(
  state: DetectionState,
  input: { rules: readonly Rule[]; world: World; holds: Holds; now: Date },
): { state: DetectionState; changes: Change[] } {
  const nowMs = input.now.getTime();
  const tracked = new Map<string, Tracked>();
  const changes: Change[] = [];
  const rules = new Map(input.rules.filter(({ enabled }) => enabled).map((rule) => [rule.slug, rule]));

  for (const rule of rules.values()) {
    const { readings, isBlind } = readRule(rule, input.world);
    const mine = [...state.tracked.values()].filter((each) => each.rule === rule.slug);
    for (const each of mine)
      if (!readings.has(each.key))
        readings.set(each.key, {
          labels: each.labels,
          verdict: isBlind ? "unknown" : "good",
          facts: each.facts,
        });
    for (const [key, reading] of readings) {
      const next = advance(state.tracked.get(key), { key, rule, reading, nowMs });
      if (next === "over") changes.push(resolved(state.tracked.get(key), rule));
      else if (next) tracked.set(key, next);
    }
  }
  for (const each of state.tracked.values())
    if (!rules.has(each.rule)) changes.push(resolved(each, input.rules.find(bySlug(each.rule)) ?? null));

  const lastFiring = new Map(state.lastFiring);
  for (const each of tracked.values()) if (each.firedAt !== null) lastFiring.set(each.rule, nowMs);
  for (const [key, each] of tracked) {
    const rule = rules.get(each.rule);
    if (!rule || each.firedAt === null) continue;
    const { alert, change } = announce(each, state.tracked.get(key), rule, {
      lastFiring,
      holds: input.holds,
      now: input.now,
    });
    tracked.set(key, alert);
    if (change) changes.push({ type: change, alert, rule });
  }
  return {
    state: { tracked, lastFiring },
    changes: changes.filter(({ alert }) => alert.firedAt !== null),
  };
}

const bySlug = (slug: string) => (rule: Rule) => rule.slug === slug;

const resolved = (alert: Tracked | undefined, rule: Rule | null): Change => {
  if (!alert) throw new Error("what was never seen cannot be over");
  return { type: "resolved", alert, rule };
};

const rank: Record<Verdict, number> = { bad: 3, unknown: 2, between: 1, good: 0 };

/** All conditions of a rule put together by the labels that it groups by. */
function readRule(rule: Rule, world: World): { readings: Map<string, Reading>; isBlind: boolean } {
  const readings = new Map<string, Reading>();
  let isBlind = false;
  for (const condition of rule.conditions)
    for (const reading of read(condition, world)) {
      // What cannot be read names nothing: it speaks for every alert of the rule that is not known to be bad.
      if (reading.verdict === "unknown") {
        isBlind = true;
        continue;
      }
      const labels = Object.fromEntries(
        Object.entries(reading.labels).filter(([name]) => rule.groupBy.includes(name)),
      );
      const key = keyOf(rule.slug, labels);
      const known = readings.get(key);
      if (!known || rank[reading.verdict] > rank[known.verdict]) readings.set(key, { ...reading, labels });
    }
  if (isBlind)
    for (const [key, reading] of readings)
      if (reading.verdict === "good") readings.set(key, { ...reading, verdict: "unknown" });
  return { readings, isBlind };
}

/** The next state of one key: undefined when there is nothing to keep, "over" when an alert ends. */
function advance(
  known: Tracked | undefined,
  seen: { key: string; rule: Rule; reading: Reading; nowMs: number },
): Tracked | "over" | undefined {
  const { key, rule, reading, nowMs } = seen;
  const isBad = reading.verdict === "bad";
  if (!known) {
    if (!isBad) return undefined;
    const { labels, facts } = reading;
    const begun = { since: nowMs, lastTrue: nowMs, clearSince: null, heldBy: null };
    return { key, rule: rule.slug, labels, facts, ...begun, firedAt: rule.forS === 0 ? nowMs : null };
  }
  if (known.firedAt === null) {
    if (reading.verdict === "unknown") return known;
    if (!isBad) return undefined;
    const isDue = nowMs - known.since >= rule.forS * 1_000;
    return { ...known, facts: reading.facts, lastTrue: nowMs, firedAt: isDue ? nowMs : null };
  }
  if (isBad) return { ...known, facts: reading.facts, lastTrue: nowMs, clearSince: null };
  if (reading.verdict !== "good") return { ...known, clearSince: null };
  const clearSince = known.clearSince ?? nowMs;
  return nowMs - clearSince >= rule.clearForS * 1_000 ? "over" : { ...known, clearSince };
}

function announce(
  alert: Tracked,
  before: Tracked | undefined,
  rule: Rule,
  given: { lastFiring: ReadonlyMap<string, number>; holds: Holds; now: Date },
): { alert: Tracked; change: Change["type"] | null } {
  const isNew = before === undefined || before.firedAt === null;
  const wasTold = !isNew && before.heldBy === null;
  if (wasTold) return { alert, change: null };
  const held = heldBy(alert, given.holds, given.now) ?? inhibitor(rule, given.lastFiring, given.now);
  const next = { ...alert, heldBy: held };
  if (isNew) return { alert: next, change: "fired" };
  if (held === null) return { alert: next, change: "raised" };
  const isSame = before.heldBy?.by === held.by && before.heldBy.id === held.id;
  return { alert: next, change: isSame ? null : "held" };
}

function inhibitor(rule: Rule, lastFiring: ReadonlyMap<string, number>, now: Date): Suppression | null {
  const source = rule.inhibitedBy.find(
    (slug) =>
      slug !== rule.slug &&
      now.getTime() - (lastFiring.get(slug) ?? Number.NEGATIVE_INFINITY) < inhibitionLingersMs,
  );
  return source === undefined ? null : { by: "rule", id: source };
}
