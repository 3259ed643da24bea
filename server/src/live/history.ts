import type { LivePoint, LiveSeries } from "@orderwatch/shared/live/frame.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Sql } from "../platform/db.ts";
import type { EventCount } from "./business.ts";
import { readCounts } from "./counts-store.ts";
import { measureOf, sumOfMeasures } from "./measures.ts";
import { type Measure, readMeasures } from "./measures-store.ts";
import type { Ring } from "./ring.ts";
import type { Percentiles } from "./sketch.ts";
import { chooseWindow, floorTo, startsOf, type Window, widestRangeS } from "./step.ts";
import { addAll, pointOf, tallyOfEvents } from "./tally.ts";

const minuteS = 60;
const hourS = 3_600;
const weekS = 7 * 86_400;

/** Charts of any range: from the ring where it reaches, else from the rollups. */
export class History {
  readonly #sql: Sql;
  readonly #ring: Ring;
  /** Latencies of ended steps, which never change; by step and start. */
  readonly #latencies = new Map<string, { until: number; value: Percentiles | null }>();
  #lastWeek: { minute: number; series: LiveSeries } | undefined;

  constructor(sql: Sql, ring: Ring) {
    this.#sql = sql;
    this.#ring = ring;
  }

  /**
   * The events of a range by their own time, widened to whole steps; what lies after `nowSecond` is left out.
   * Throws `request.invalid` when the range is wider than what 300 points of a day can show.
   */
  async series(from: number, to: number, nowSecond: number): Promise<LiveSeries> {
    if (to - from > widestRangeS)
      throw new DomainError("request.invalid", `At most ${widestRangeS / 86_400} days fit in one series`);
    const end = Math.min(to, nowSecond + 1);
    const fine = chooseWindow(from, end, 1);
    if (!fine) return { stepS: 1, points: [] };
    if (fine.from >= this.#ring.oldest) return this.#fromRing(fine, nowSecond, false);
    const window = chooseWindow(from, end, minuteS);
    if (!window) throw new DomainError("request.invalid", "The range is too wide for one series");
    return this.#fromRollups(window, nowSecond);
  }

  /** The last 5 minutes in seconds, up to `second`; its newest point carries what is counted beyond it. */
  recent(second: number): LiveSeries {
    return this.#fromRing({ from: second - 300, to: second, stepS: 1 }, second, true);
  }

  /** The last hour in steps of 15 s; its newest point, too, carries what is counted beyond it. */
  hour(second: number): LiveSeries {
    const from = floorTo(second - hourS, 15) + 15;
    return this.#fromRing({ from, to: floorTo(second - 1, 15) + 15, stepS: 15 }, second, true);
  }

  /** The same hour a week ago, minute by minute; without points when nothing is known of it. */
  async lastWeek(second: number): Promise<LiveSeries> {
    const minute = floorTo(second, minuteS);
    if (this.#lastWeek?.minute === minute) return this.#lastWeek.series;
    const window = { from: minute - hourS - weekS, to: minute + minuteS - weekS, stepS: minuteS };
    const [events, measures] = await Promise.all([
      readCounts(this.#sql, { ...window, binS: minuteS }),
      readMeasures(this.#sql, window),
    ]);
    const isKnown = events.length > 0 || measures.length > 0;
    const series = { stepS: minuteS, points: isKnown ? pointsOf(window, events, measures, second) : [] };
    this.#lastWeek = { minute, series };
    return series;
  }

  #fromRing(window: Window, nowSecond: number, withTail: boolean): LiveSeries {
    const starts = startsOf(window);
    const points = starts.map((second, index): LivePoint => {
      const to = second + window.stepS;
      const isNewest = withTail && index === starts.length - 1;
      return pointOf(this.#ring.sum(second, isNewest ? Math.max(to, nowSecond + 300) : to), {
        second,
        seconds: Math.min(window.stepS, nowSecond - second),
        latencyMs: this.#latencyOf(second, to, nowSecond),
      });
    });
    return { stepS: window.stepS, points };
  }

  #latencyOf(from: number, to: number, nowSecond: number): Percentiles | null {
    if (to > nowSecond) return this.#ring.sketch(from, to).percentiles();
    const key = `${to - from}:${from}`;
    const known = this.#latencies.get(key);
    if (known) return known.value;
    const value = this.#ring.sketch(from, to).percentiles();
    this.#latencies.set(key, { until: to, value });
    for (const [oldest, { until }] of this.#latencies) {
      if (until > this.#ring.oldest) break;
      this.#latencies.delete(oldest);
    }
    return value;
  }

  async #fromRollups(window: Window, nowSecond: number): Promise<LiveSeries> {
    const rollupS = window.stepS >= hourS ? hourS : minuteS;
    // The newest hours and minutes have no row yet: what nodes reported is read one step finer there, and in memory.
    const hourEnd = rollupS === hourS ? Math.min(window.to, floorTo(nowSecond, hourS) - hourS) : window.from;
    const minuteEnd = Math.max(hourEnd, Math.min(window.to, floorTo(nowSecond, minuteS) - minuteS));
    const [events, hours, minutes] = await Promise.all([
      readCounts(this.#sql, { stepS: rollupS, from: window.from, to: window.to, binS: window.stepS }),
      hourEnd > window.from
        ? readMeasures(this.#sql, { stepS: hourS, from: window.from, to: hourEnd })
        : Promise.resolve([]),
      readMeasures(this.#sql, {
        stepS: minuteS,
        from: Math.max(hourEnd, window.from),
        to: minuteEnd,
      }),
    ]);
    const newest = this.#ringMeasures(
      Math.max(window.from, minuteEnd),
      Math.min(window.to, nowSecond + minuteS),
    );
    return {
      stepS: window.stepS,
      points: pointsOf(window, events, [...hours, ...minutes, ...newest], nowSecond),
    };
  }

  #ringMeasures(from: number, to: number): Measure[] {
    const measures: Measure[] = [];
    for (let second = from; second < to; second += minuteS) {
      const end = second + minuteS;
      measures.push(measureOf(second, this.#ring.sum(second, end), this.#ring.sketch(second, end)));
    }
    return measures;
  }
}

function pointsOf(
  window: Window,
  events: readonly EventCount[],
  measures: readonly Measure[],
  nowSecond: number,
): LivePoint[] {
  const binOf = ({ second }: { second: number }) => floorTo(second, window.stepS);
  const eventsOf = Map.groupBy(events, binOf);
  const measuresOf = Map.groupBy(measures, binOf);
  return startsOf(window).map((second) => {
    const { tally, sketch } = sumOfMeasures(measuresOf.get(second) ?? []);
    addAll(tally, tallyOfEvents(eventsOf.get(second) ?? []));
    const seconds = Math.min(window.stepS, nowSecond - second);
    return pointOf(tally, { second, seconds, latencyMs: sketch.percentiles() });
  });
}
