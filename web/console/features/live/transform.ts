/** From points to what the panels show. Pure: the same points give the same view. */
import type { ChannelFrame, LiveFrame, NodeSummary } from "@orderwatch/shared/live/frame.ts";
import { type Point, sumCounts } from "./point.ts";
import type { Traffic } from "./rows.ts";

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

/** Whether buyers reach it when it is active: some processes of the shop only deliver or hear of payments. */
export const takesOrders = (node: Pick<NodeSummary, "parts">): boolean =>
  node.parts === undefined || node.parts.includes("orders");

export type Selling = "selling" | "quiet" | "refusing" | "down" | "unknown";

/** How long without an order is called quiet, in seconds. */
export const quietAfterS = 60;

/**
 * Whether the shop sells, from what was seen: no active node is down; orders in the last minute are selling; only
 * refusals are refusing; nothing at all is quiet. Without fresh frames nobody knows.
 */
export function selling(points: readonly Point[], nodes: readonly NodeSummary[], fresh: boolean): Selling {
  if (!fresh) return "unknown";
  if (!nodes.some((node) => node.state === "active" && node.ageS < 3 && takesOrders(node))) return "down";
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

export type LastFrame = Pick<LiveFrame, "channels" | "nodes" | "queue">;
