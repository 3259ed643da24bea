import type { LiveSnapshot, NodeSummary, StockAlert } from "@orderwatch/shared/live/frame.ts";
import { coarser, hourStepMs, type Point, pointOf, secondMs } from "./point.ts";
import {
  ghostRows,
  type LatencyRow,
  latencyRows,
  type OrderRow,
  orderRows,
  type QpsRow,
  qpsRows,
  smoothed,
  type Traffic,
  thinned,
} from "./rows.ts";
import type { Stream } from "./stream.ts";
import {
  type FunnelRow,
  funnelRows,
  type LastFrame,
  type RankedCode,
  rankCodes,
  sortNodes,
  successRate,
  type Totals,
  totals,
} from "./transform.ts";

export type Range = "minutes" | "hour";

/** How many parts a sparkline has. */
const courseBins = 24;

/** What the order rate is a mean over: one step of the hour, ten seconds of the minutes. */
export const meanMs: Record<Range, number> = { minutes: 10_000, hour: hourStepMs };

/** The step of the lines: a chart of 300 points would take twice the time and look the same. */
const drawnMs: Record<Range, number> = { minutes: 2_000, hour: hourStepMs };

/** Everything that Live shows of one moment; null before the first snapshot. */
export interface LiveView {
  range: Range;
  traffic: Traffic;
  stepMs: number;
  /** The time covered, in ms since 1970. */
  from: number;
  to: number;
  points: Point[];
  orders: OrderRow[];
  ghost: { at: number; ghost: number | null }[];
  latency: LatencyRow[];
  qps: QpsRow[];
  funnel: FunnelRow[];
  failures: RankedCode[];
  refused: RankedCode[];
  totals: Totals;
  successRate: number | null;
  latest: Point | undefined;
  /** By second, whatever the range. */
  lastMinute: Point[];
  nodes: NodeSummary[];
  channels: LastFrame["channels"];
  queue: LastFrame["queue"] | null;
  stock: StockAlert[];
  targets: LiveSnapshot["targets"];
}

/** Without the step that is still being counted: its rate would seem to fall at each step's start. */
function wholeSteps(points: Point[], stepMs: number, latest: Point | undefined): Point[] {
  const last = points.at(-1);
  const isRunning = last !== undefined && latest !== undefined && latest.at + secondMs < last.at + stepMs;
  return isRunning ? points.slice(0, -1) : points;
}

export const rangeMs: Record<Range, number> = { minutes: 300_000, hour: 3_600_000 };

export function liveView(stream: Stream, range: Range, traffic: Traffic): LiveView | null {
  const { snapshot, frame, history } = stream;
  if (snapshot === null) return null;
  const stepMs = range === "hour" ? hourStepMs : secondMs;
  const recent = history.recent.toArray();
  const points = range === "hour" ? history.hour.toArray() : recent;
  const latest = history.recent.last;
  const whole = range === "hour" ? wholeSteps(points, stepMs, latest) : points;
  const drawn = range === "hour" ? whole : coarser(points, drawnMs.minutes);
  const to = (points.at(-1)?.at ?? Date.parse(snapshot.t)) + stepMs;
  const from = to - rangeMs[range];
  const weekMs = 7 * 24 * 3_600_000;
  const lastWeek = snapshot.lastWeek.points.map(pointOf);
  const weekStepMs = snapshot.lastWeek.stepS * 1_000;
  const normal = lastWeek.filter(({ at }) => at + weekMs >= from - weekStepMs && at + weekMs < to);
  return {
    range,
    traffic,
    stepMs,
    from,
    to,
    points,
    orders: thinned(smoothed(orderRows(whole, stepMs, traffic), meanMs[range] / stepMs), drawnMs[range]),
    ghost: ghostRows(lastWeek, weekStepMs, traffic, from, to),
    latency: latencyRows(drawn, drawnMs[range]),
    qps: qpsRows(drawn, drawnMs[range]),
    funnel: funnelRows(points, normal),
    failures: rankCodes(points, "failed", courseBins),
    refused: rankCodes(points, "refused", courseBins),
    totals: totals(points, traffic),
    successRate: successRate(points),
    latest,
    lastMinute: recent.slice(-60),
    nodes: sortNodes(frame?.nodes ?? []),
    channels: frame?.channels ?? snapshot.channels,
    queue: frame?.queue ?? null,
    stock: snapshot.stock,
    targets: snapshot.targets,
  };
}
