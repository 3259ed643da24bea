/** From points to what the panels show. Pure: the same points give the same view. */
import type { ChannelFrame, LiveFrame, NodeSummary } from "@orderwatch/shared/live/frame.ts";
import { type Point, sumCounts } from "./point.ts";

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

export interface Totals {
  placed: number;
  paid: number;
  delivered: number;
  failed: number;
  /** Share of the placed orders that simulated shoppers made; null without orders. */
  simulatedShare: number | null;
}

const sumOf = (points: readonly Point[], count: (point: Point) => number): number =>
  points.reduce((sum, point) => sum + count(point), 0);

export const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Buyers who walk away, and banks that refuse their own customer: no failures of the shop or its partners. */
export const payersOwn = ["order.expired", "payment.declined", "payment.limit_exceeded"] as const;

export function totals(points: readonly Point[], traffic: Traffic): Totals {
  const less = traffic === "buyers" ? 1 : 0;
  const placed = sumOf(points, (point) => point.placed);
  const simulated = sumOf(points, (point) => point.simulated.placed);
  return {
    placed: placed - less * simulated,
    paid: sumOf(points, (point) => point.paid - less * point.simulated.paid),
    delivered: sumOf(points, (point) => point.delivered - less * point.simulated.delivered),
    failed: sumOf(points, (point) => total(point.failed) - less * point.simulated.failed),
    simulatedShare: placed === 0 ? null : simulated / placed,
  };
}

/** Delivered of all that was delivered or failed by the shop or its partners. Null when nothing was. */
export function successRate(points: readonly Point[]): number | null {
  const delivered = sumOf(points, (point) => point.delivered);
  const failed = sumOf(points, ({ failed }) =>
    payersOwn.reduce((left, code) => left - (failed[code] ?? 0), total(failed)),
  );
  return delivered + failed === 0 ? null : delivered / (delivered + failed);
}

export const funnelSteps = ["visit", "product", "checkout", "placed", "paid", "delivered"] as const;
export type FunnelStep = (typeof funnelSteps)[number];

export interface FunnelRow {
  step: FunnelStep;
  count: number;
  /** Share of the step before that got here; null for the first step, and where the step before counts nothing. */
  kept: number | null;
  /** The same share in the time compared with. */
  normal: number | null;
}

const funnelSums = (points: readonly Point[]) =>
  funnelSteps.map((step) => sumOf(points, (point) => point.funnel[step]));

/** More may arrive at a step than left the one before, since steps are counted when they happen: never above 1. */
const keptOf = (count: number, before: number | undefined): number | null =>
  before === undefined || before === 0 ? null : Math.min(1, count / before);

export function funnelRows(points: readonly Point[], normal: readonly Point[]): FunnelRow[] {
  const counts = funnelSums(points);
  const usual = funnelSums(normal);
  return funnelSteps.map((step, index) => ({
    step,
    count: counts[index] ?? 0,
    kept: index === 0 ? null : keptOf(counts[index] ?? 0, counts[index - 1]),
    normal: index === 0 ? null : keptOf(usual[index] ?? 0, usual[index - 1]),
  }));
}

export interface RankedCode {
  code: string;
  count: number;
  share: number;
  /** The course over the same time in `bins` equal parts. */
  course: number[];
}

/** Codes with their counts, the most frequent first; equal counts keep the order of the alphabet. */
export function rankCodes(points: readonly Point[], of: "failed" | "refused", bins: number): RankedCode[] {
  const sums = sumCounts(points, of);
  const all = total(sums);
  const binSize = Math.max(1, Math.floor(points.length / bins));
  // Counted from the newest point back, so that the last part is as long as the others and never seems to fall.
  const recent = points.slice(points.length % binSize);
  return Object.entries(sums)
    .filter(([, count]) => count > 0)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([code, count]) => {
      const course = new Array<number>(Math.ceil(recent.length / binSize)).fill(0);
      recent.forEach((point, index) => {
        const bin = Math.floor(index / binSize);
        course[bin] = (course[bin] ?? 0) + (point[of][code] ?? 0);
      });
      return { code, count, share: count / all, course };
    });
}

export type Selling = "selling" | "quiet" | "refusing" | "down" | "unknown";

/** How long without an order is called quiet, in seconds. */
export const quietAfterS = 60;

/**
 * Whether the shop sells, from what was seen: no active node is down; orders in the last minute are selling; only
 * refusals are refusing; nothing at all is quiet. Without fresh frames nobody knows.
 */
export function selling(points: readonly Point[], nodes: readonly NodeSummary[], fresh: boolean): Selling {
  if (!fresh) return "unknown";
  if (!nodes.some((node) => node.state === "active" && node.ageS < 3)) return "down";
  const last = points.slice(-quietAfterS);
  if (sumOf(last, (point) => point.placed) > 0) return "selling";
  return sumOf(last, (point) => total(point.refused)) > 0 ? "refusing" : "quiet";
}

const nodeOrder: Record<NodeSummary["state"], number> = {
  active: 0,
  draining: 1,
  standby: 2,
  starting: 3,
  dead: 4,
};

/** Nodes by what they do, then by name, so that a card moves only when its node's part changes. */
export const sortNodes = (nodes: readonly NodeSummary[]): NodeSummary[] =>
  nodes.toSorted((a, b) => nodeOrder[a.state] - nodeOrder[b.state] || (a.id < b.id ? -1 : 1));

/** Which payment companies look ill: enough attempts, and fewer than half of them went through. */
export const isIll = (channel: ChannelFrame): boolean =>
  channel.paid + channel.failed >= 5 && channel.successRate !== null && channel.successRate < 0.5;

/** The first round number that the values stay below, so that an axis moves rarely. */
export function niceCeiling(highest: number, least: number): number {
  const wanted = Math.max(highest * 1.05, least);
  const magnitude = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((each) => each * magnitude >= wanted) ?? 10;
  return step * magnitude;
}

export type LastFrame = Pick<LiveFrame, "channels" | "nodes" | "queue">;
