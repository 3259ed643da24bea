/** A preview plays the same evaluator over the past, a minute a step. */
import type { Facts, Labels, Rule } from "@orderwatch/shared/ops/detection.ts";
import type { World } from "./conditions-domain.ts";
import { type DetectionState, restingState, step } from "./domain.ts";

const minuteS = 60;
const weekMinutes = 7 * 1_440;

export interface Episode {
  from: Date;
  to: Date | null;
  labels: Labels;
  facts: Facts;
}

/** Totals by the minute, so that any window's count is a difference. */
export class MinuteHistory {
  readonly #first: number;
  readonly #length: number;
  readonly #totals = new Map<string, Float64Array>();
  readonly #known: Uint8Array;

  /** `from` and `to` in seconds since 1970 UTC, whole minutes; minutes come in any order. */
  constructor(
    from: number,
    to: number,
    minutes: Iterable<{ second: number; counts: ReadonlyMap<string, number> }>,
  ) {
    this.#first = Math.floor(from / minuteS);
    this.#length = Math.floor(to / minuteS) - this.#first;
    this.#known = new Uint8Array(this.#length);
    for (const { second, counts } of minutes) {
      const at = Math.floor(second / minuteS) - this.#first;
      if (at < 0 || at >= this.#length) continue;
      this.#known[at] = 1;
      for (const [name, n] of counts) {
        const column = this.#totals.get(name) ?? new Float64Array(this.#length + 1);
        column[at + 1] = (column[at + 1] ?? 0) + n;
        this.#totals.set(name, column);
      }
    }
    for (const column of this.#totals.values())
      for (let at = 1; at <= this.#length; at++) column[at] = (column[at] ?? 0) + (column[at - 1] ?? 0);
  }

  /** From the first minute of which something is known to the end of minute `minute`, in seconds. */
  knownS(minute: number): number {
    const first = this.#known.indexOf(1);
    return first < 0 ? 0 : Math.max(0, (minute - this.#first - first + 1) * minuteS);
  }

  knownMinutes(from: number, to: number): number {
    const first = Math.floor(from / minuteS) - this.#first;
    return this.#known.subarray(first, Math.floor(to / minuteS) - this.#first).reduce((sum, n) => sum + n, 0);
  }

  /** The count of the window that ends with minute `minute` (included); a part of a minute counts as a whole one. */
  sum(name: string, windowS: number, minute: number): number {
    const end = minute - this.#first + 1;
    const start = Math.max(0, end - Math.max(1, Math.ceil(windowS / minuteS)));
    const clamp = (at: number) => Math.min(this.#length, Math.max(0, at));
    let sum = 0;
    for (const [each, column] of this.#totals) {
      const isMeant = name.endsWith("*") ? each.startsWith(name.slice(0, -1)) : each === name;
      if (isMeant) sum += (column[clamp(end)] ?? 0) - (column[clamp(start)] ?? 0);
    }
    return sum;
  }

  /** The same window of up to four earlier weeks, those of which something is known. */
  earlier(names: readonly string[], windowS: number, minute: number): number[] {
    return [1, 2, 3, 4].flatMap((weeks) => {
      const then = minute - weeks * weekMinutes;
      const at = then - this.#first;
      const isKnown = at >= 60 && this.#known.subarray(at - 60, at + 1).includes(1);
      return isKnown ? [names.reduce((sum, name) => sum + this.sum(name, windowS, then), 0)] : [];
    });
  }
}

/** When the rule would have fired between two times, in seconds since 1970 UTC. Gauges have no past. */
export function preview(rule: Rule, history: MinuteHistory, from: number, to: number): Episode[] {
  const asked: Rule = {
    ...rule,
    enabled: true,
    inhibitedBy: [],
    conditions: rule.conditions.filter(({ kind }) => kind !== "gauge"),
  };
  const episodes = new Map<string, Episode>();
  const ended: Episode[] = [];
  let state: DetectionState = restingState;
  for (let minute = Math.floor(from / minuteS); minute < Math.floor(to / minuteS); minute++) {
    const now = new Date((minute + 1) * minuteS * 1_000);
    const world: World = {
      sum: (name, windowS) => history.sum(name, windowS, minute),
      knownS: history.knownS(minute),
      gauges: {},
      earlier: (names, windowS) => history.earlier(names, windowS, minute),
    };
    const next = step(state, { rules: [asked], world, holds: { silences: [], windows: [] }, now });
    state = next.state;
    for (const { type, alert } of next.changes) {
      if (type === "fired")
        episodes.set(alert.key, { from: now, to: null, labels: alert.labels, facts: alert.facts });
      const open = episodes.get(alert.key);
      if (type !== "resolved" || !open) continue;
      ended.push({ ...open, to: now });
      episodes.delete(alert.key);
    }
  }
  return [...ended, ...episodes.values()].sort((a, b) => b.from.getTime() - a.from.getTime());
}
