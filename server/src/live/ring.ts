import { LatencySketch } from "./sketch.ts";
import { add, otherCode, type Tally } from "./tally.ts";

/** How far back a ring reaches, in seconds. */
export const ringSeconds = 3_600;
/** Room around the hour for events of clocks that are a little ahead, and for windows aligned to a step. */
const slots = 4_096;
const ahead = 300;
const mostNames = 128;

/**
 * The last hour, second by second, in a fixed amount of memory (about 2 MB and the packed sketches): one row of
 * counters a second, one column a name. Names beyond the columns are summed under the family's `other`.
 */
export class Ring {
  readonly #counts = new Uint32Array(slots * mostNames);
  readonly #stamps = new Float64Array(slots).fill(-1);
  readonly #sketches: (Uint8Array | null)[] = new Array(slots).fill(null);
  readonly #columns = new Map<string, number>();
  readonly #names: string[] = [];
  #newest = 0;

  /** Moves the window: seconds from `now - ringSeconds` on are kept. */
  advance(nowSecond: number): void {
    this.#newest = Math.max(this.#newest, nowSecond);
  }

  /** The first second that a ring still answers for. */
  get oldest(): number {
    return this.#newest - ringSeconds;
  }

  /** Counts outside the window are left out: they are in the rollups. */
  add(second: number, tally: Tally): void {
    const row = this.#claim(second);
    if (row === undefined) return;
    for (const [name, n] of tally) {
      const at = row * mostNames + this.#column(name);
      this.#counts[at] = (this.#counts[at] ?? 0) + n;
    }
  }

  addSketch(second: number, sketch: LatencySketch): void {
    const row = this.#claim(second);
    if (row === undefined || sketch.count === 0) return;
    const known = this.#sketches[row];
    if (!known) {
      this.#sketches[row] = sketch.pack();
      return;
    }
    const merged = LatencySketch.unpack(known);
    merged.merge(sketch);
    this.#sketches[row] = merged.pack();
  }

  /** The counts of seconds `from` (included) to `to` (excluded). */
  sum(from: number, to: number): Tally {
    const sums = new Float64Array(this.#names.length);
    for (let second = from; second < to; second++) {
      const row = this.#find(second);
      if (row === undefined) continue;
      const start = row * mostNames;
      for (let column = 0; column < sums.length; column++)
        sums[column] = (sums[column] ?? 0) + (this.#counts[start + column] ?? 0);
    }
    const tally: Tally = new Map();
    for (const [column, name] of this.#names.entries()) {
      const n = sums[column] ?? 0;
      if (n > 0) add(tally, name, n);
    }
    return tally;
  }

  /** The latencies of seconds `from` (included) to `to` (excluded), merged. */
  sketch(from: number, to: number): LatencySketch {
    const merged = new LatencySketch();
    for (let second = from; second < to; second++) {
      const row = this.#find(second);
      const packed = row === undefined ? null : this.#sketches[row];
      if (packed) merged.merge(LatencySketch.unpack(packed));
    }
    return merged;
  }

  #find(second: number): number | undefined {
    const row = ((second % slots) + slots) % slots;
    return this.#stamps[row] === second ? row : undefined;
  }

  /** The row of a second, emptied of the second that had it an hour ago. */
  #claim(second: number): number | undefined {
    if (second < this.oldest || second > this.#newest + ahead) return undefined;
    const found = this.#find(second);
    if (found !== undefined) return found;
    const row = second % slots;
    this.#counts.fill(0, row * mostNames, (row + 1) * mostNames);
    this.#sketches[row] = null;
    this.#stamps[row] = second;
    return row;
  }

  #column(name: string): number {
    const known = this.#columns.get(name);
    if (known !== undefined) return known;
    const [family, code] = name.split(":", 2);
    const isCode = (family === "failed" || family === "refused") && code !== otherCode;
    // The last columns are for names that are not codes, of which there are few.
    if (isCode && this.#names.length >= mostNames / 2) return this.#column(`${family}:${otherCode}`);
    if (this.#names.length >= mostNames) throw new RangeError(`no room to count ${name}`);
    const column = this.#names.length;
    this.#columns.set(name, column);
    this.#names.push(name);
    return column;
  }
}
