import type { Sql } from "../platform/db.ts";
import { type Measure, readMeasures, staleHours, writeMeasures } from "./measures-store.ts";
import type { Ring } from "./ring.ts";
import { LatencySketch } from "./sketch.ts";
import { floorTo } from "./step.ts";
import { addAll, nodeCountsOf, type Tally, tallyOfNode } from "./tally.ts";

const minuteS = 60;
const hourS = 3_600;
/** Hours that a console slept through are made up for this far back. */
const lookBackS = 48 * hourS;
/** Seconds that wait for a database that is away; older ones are given up. */
const mostPending = 3_600;

const isEmpty = (measure: Measure) =>
  measure.requests === 0 &&
  measure.sketch === null &&
  !measure.buyersRefused &&
  Object.keys(measure.refused).length === 0 &&
  Object.values(measure.beacons).every((n) => n === 0);

/** What measures add up to. */
export function sumOfMeasures(measures: readonly Measure[]): { tally: Tally; sketch: LatencySketch } {
  const tally: Tally = new Map();
  const sketch = new LatencySketch();
  for (const measure of measures) {
    addAll(tally, tallyOfNode(measure));
    if (measure.sketch) sketch.merge(LatencySketch.unpack(measure.sketch));
  }
  return { tally, sketch };
}

/** The inverse of `sumOfMeasures`. */
export const measureOf = (second: number, tally: Tally, sketch: LatencySketch): Measure => ({
  second,
  ...nodeCountsOf(tally),
  sketch: sketch.count === 0 ? null : sketch.pack(),
});

/**
 * Keeps what nodes reported: seconds as they end, minutes from the ring, hours from the minutes. Everything is
 * written by conditional upserts, so it may be tried again at any time.
 */
export class Measures {
  readonly #sql: Sql;
  readonly #ring: Ring;
  #pending: Measure[] = [];
  /** The first minute that is not known to be written. */
  #minute = 0;
  #hour = 0;

  constructor(sql: Sql, ring: Ring) {
    this.#sql = sql;
    this.#ring = ring;
  }

  /** Puts the seconds of the last hour back into the ring, and makes up for rollups that a crash left out. */
  async load(nowSecond: number): Promise<void> {
    const from = this.#ring.oldest;
    const seconds = await readMeasures(this.#sql, { stepS: 1, from, to: nowSecond + 1 });
    for (const measure of seconds) {
      const { tally, sketch } = sumOfMeasures([measure]);
      this.#ring.add(measure.second, tally);
      this.#ring.addSketch(measure.second, sketch);
    }
    this.#minute = floorTo(from, minuteS) + minuteS;
    await this.flush(nowSecond);
  }

  /** Takes a second in; it is written with the next flush. */
  ended(second: number, tally: Tally, sketch: LatencySketch): void {
    this.#ring.add(second, tally);
    this.#ring.addSketch(second, sketch);
    const measure = measureOf(second, tally, sketch);
    if (isEmpty(measure)) return;
    this.#pending.push(measure);
    if (this.#pending.length > mostPending) this.#pending.shift();
  }

  /** Writes what has ended before `nowSecond`. Throws what the database throws; the next flush tries again. */
  async flush(nowSecond: number): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    try {
      await writeMeasures(this.#sql, 1, pending);
    } catch (error) {
      this.#pending = [...pending, ...this.#pending].slice(-mostPending);
      throw error;
    }
    await this.#writeMinutes(floorTo(nowSecond, minuteS));
    await this.#writeHours(floorTo(nowSecond, hourS));
  }

  async #writeMinutes(end: number): Promise<void> {
    if (this.#minute >= end) return;
    const minutes: Measure[] = [];
    for (let second = this.#minute; second < end; second += minuteS) {
      const to = second + minuteS;
      const measure = measureOf(second, this.#ring.sum(second, to), this.#ring.sketch(second, to));
      if (!isEmpty(measure)) minutes.push(measure);
    }
    await writeMeasures(this.#sql, minuteS, minutes);
    this.#minute = end;
  }

  async #writeHours(end: number): Promise<void> {
    if (this.#hour >= end) return;
    for (const hour of await staleHours(this.#sql, end - lookBackS, end)) {
      const minutes = await readMeasures(this.#sql, { stepS: minuteS, from: hour, to: hour + hourS });
      const { tally, sketch } = sumOfMeasures(minutes);
      await writeMeasures(this.#sql, hourS, [measureOf(hour, tally, sketch)]);
    }
    this.#hour = end;
  }
}
