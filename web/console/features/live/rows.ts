/** The rows of the charts, from points. Pure: the same points give the same rows. */
import type { Point } from "./point.ts";

export type Traffic = "all" | "buyers";

/** A chart's row; null where nothing is known, so that a line breaks instead of guessing. */
export interface OrderRow {
  at: number;
  placed: number | null;
  paid: number | null;
  delivered: number | null;
}

export interface LatencyRow {
  at: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface QpsRow {
  at: number;
  qps: number | null;
}

/** Rows for every step from the first point to the last; missing steps become rows of nulls. */
function byStep<Row>(
  points: readonly Point[],
  stepMs: number,
  row: (point: Point) => Row,
  hole: (at: number) => Row,
) {
  const rows: Row[] = [];
  let expected = points[0]?.at ?? 0;
  for (const point of points) {
    // Two are enough to break the line; a night without points need not fill memory.
    if (point.at - expected >= stepMs) rows.push(hole(expected), hole(point.at - stepMs));
    rows.push(row(point));
    expected = point.at + stepMs;
  }
  return rows;
}

/**
 * Each row's mean with the `width - 1` rows before it, so that a few orders a second read as a course instead of as
 * noise. Nothing is averaged across a hole.
 */
export function smoothed(rows: readonly OrderRow[], width: number): OrderRow[] {
  let start = 0;
  return rows.map((row, index) => {
    if (row.placed === null) {
      start = index + 1;
      return row;
    }
    // The mean of fewer would jump about at the left end and after each hole.
    if (index - start + 1 < width) return { at: row.at, placed: null, paid: null, delivered: null };
    const window = rows.slice(index - width + 1, index + 1);
    const mean = (name: "placed" | "paid" | "delivered") =>
      window.reduce((sum, each) => sum + (each[name] ?? 0), 0) / window.length;
    return { at: row.at, placed: mean("placed"), paid: mean("paid"), delivered: mean("delivered") };
  });
}

/** One row of each step that begins at a round time, its last, so that the newest row is always among them. */
export function thinned(rows: readonly OrderRow[], stepMs: number): OrderRow[] {
  const stepOf = ({ at }: OrderRow) => Math.floor(at / stepMs);
  return rows.filter((row, index) => {
    const next = rows[index + 1];
    return next === undefined || stepOf(next) !== stepOf(row);
  });
}

/** Orders a second. `buyers` leaves out what simulated shoppers did. */
export function orderRows(points: readonly Point[], stepMs: number, traffic: Traffic): OrderRow[] {
  const perSecond = 1_000 / stepMs;
  const rate = (point: Point, name: "placed" | "paid" | "delivered") =>
    Math.max(0, point[name] - (traffic === "buyers" ? point.simulated[name] : 0)) * perSecond;
  return byStep<OrderRow>(
    points,
    stepMs,
    (point) => ({
      at: point.at,
      placed: rate(point, "placed"),
      paid: rate(point, "paid"),
      delivered: rate(point, "delivered"),
    }),
    (at) => ({ at, placed: null, paid: null, delivered: null }),
  );
}

export const latencyRows = (points: readonly Point[], stepMs: number): LatencyRow[] =>
  byStep<LatencyRow>(
    points,
    stepMs,
    ({ at, latencyMs }) => ({
      at,
      p50: latencyMs?.p50 ?? null,
      p95: latencyMs?.p95 ?? null,
      p99: latencyMs?.p99 ?? null,
    }),
    (at) => ({ at, p50: null, p95: null, p99: null }),
  );

export const qpsRows = (points: readonly Point[], stepMs: number): QpsRow[] =>
  byStep<QpsRow>(
    points,
    stepMs,
    ({ at, qps }) => ({ at, qps }),
    (at) => ({ at, qps: null }),
  );

/** Placed orders a second of the same time last week, moved onto today's axis. */
export function ghostRows(
  points: readonly Point[],
  stepMs: number,
  traffic: Traffic,
  from: number,
  to: number,
) {
  const weekMs = 7 * 24 * 3_600_000;
  return orderRows(points, stepMs, traffic)
    .map(({ at, placed }) => ({ at: at + weekMs + stepMs / 2, ghost: placed }))
    .filter(({ at }) => at >= from && at <= to);
}

/** The first round number that the values stay below, so that an axis moves rarely. */
export function niceCeiling(highest: number, least: number): number {
  const wanted = Math.max(highest * 1.05, least);
  const magnitude = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((each) => each * magnitude >= wanted) ?? 10;
  return step * magnitude;
}
