import { DDSketch } from "@datadog/sketches-js";

/** Percentiles in milliseconds, each within 1 % of the true value. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

const relativeAccuracy = 0.01;
/** Values are kept in µs and at least 10 of them: the library loses bins when a range ends at bin 0, the one of 1. */
const leastUs = 10;
const mostUs = 3_600_000_000;
const wireVersion = 1;
/** Above the bin of `mostUs`, so that a forged sketch cannot make us allocate. */
const binLimit = 1_200;

/**
 * Latencies as a DDSketch (Masson et al., VLDB 2019): percentiles of any union of sketches, never averages of
 * percentiles. The packed form is a version byte, then pairs of varints: distance to the previous bin, count.
 */
export class LatencySketch {
  readonly #sketch: DDSketch;

  constructor() {
    this.#sketch = new DDSketch({ relativeAccuracy });
  }

  get count(): number {
    return this.#sketch.count;
  }

  record(ms: number): void {
    const us = ms * 1_000;
    this.#sketch.accept(us > leastUs ? Math.min(us, mostUs) : leastUs);
  }

  merge(other: LatencySketch): void {
    this.#sketch.merge(other.#sketch);
  }

  /** Null when nothing was recorded. Milliseconds, rounded to 0.01. */
  percentiles(): Percentiles | null {
    if (this.#sketch.count === 0) return null;
    const at = (quantile: number) => Math.round(this.#sketch.getValueAtQuantile(quantile) / 10) / 100;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }

  /** How many were recorded above `ms`, within the sketch's 1 %. */
  countAbove(ms: number): number {
    const { bins, offset } = this.#sketch.store;
    const edge = this.#sketch.mapping.key(Math.max(ms * 1_000, leastUs));
    return bins.reduce((sum, count, index) => (index + offset > edge ? sum + count : sum), 0);
  }

  pack(): Uint8Array {
    const { bins, offset } = this.#sketch.store;
    const bytes = [wireVersion];
    let previous = 0;
    for (const [index, count] of bins.entries()) {
      if (count === 0) continue;
      const key = index + offset;
      writeVarint(bytes, key - previous);
      writeVarint(bytes, count);
      previous = key;
    }
    return Uint8Array.from(bytes);
  }

  /** Throws RangeError on anything that `pack` did not make. */
  static unpack(bytes: Uint8Array): LatencySketch {
    const made = new LatencySketch();
    const sketch = made.#sketch;
    if (bytes[0] !== wireVersion) throw new RangeError("a sketch of an unknown version");
    let at = 1;
    let key = 0;
    while (at < bytes.length) {
      const distance = readVarint(bytes, at);
      const count = readVarint(bytes, distance.next);
      at = count.next;
      key += distance.value;
      if (distance.value === 0 || key > binLimit || count.value === 0)
        throw new RangeError("a sketch with an impossible bin");
      sketch.store.add(key, count.value);
    }
    sketch.count = sketch.store.count;
    return made;
  }
}

function writeVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

function readVarint(bytes: Uint8Array, from: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let next = from; next < bytes.length; next++) {
    const byte = bytes[next] ?? 0;
    value += (byte & 0x7f) * scale;
    if (value > Number.MAX_SAFE_INTEGER) break;
    if (byte < 0x80) return { value, next: next + 1 };
    scale *= 0x80;
  }
  throw new RangeError("a sketch that breaks off");
}
