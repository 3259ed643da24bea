import { z } from "zod";
import { PaymentMethod } from "../shop/orders.ts";
import { BeaconCounts, CacheShares, Counts, NodeState, ShopPart } from "./telemetry.ts";

const Count = z.int().min(0);

/** Percentiles in milliseconds; null when nothing was measured. */
export const Latency = z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).nullable();

/** Exact counts of order events, read from rows. */
const business = { placed: Count, paid: Count, delivered: Count, refunded: Count, failed: Counts };

/** The part of the business counts that simulated shoppers made (drills are counted nowhere here). */
export const SimulatedCounts = z.object({
  placed: Count,
  paid: Count,
  delivered: Count,
  refunded: Count,
  failed: Count,
  /** Those of `failed` that are refused payments (`payment.*`). */
  paymentFailed: Count.optional(),
});
export type SimulatedCounts = z.infer<typeof SimulatedCounts>;

/**
 * One payment method over the last 5 minutes. `failed` are refused payments alone (`payment.*`), each attempt once;
 * `successRate` is paid / (paid + failed), null when nobody tried.
 */
export const ChannelFrame = z.object({
  method: PaymentMethod,
  placed: Count,
  paid: Count,
  failed: Count,
  successRate: z.number().nullable(),
});
export type ChannelFrame = z.infer<typeof ChannelFrame>;

export const NodeSummary = z.object({
  id: z.string(),
  pid: z.int(),
  state: NodeState,
  qps: z.number(),
  eventLoop: z.number(),
  /** Share of a processor that the node's thread got. */
  cpu: z.number().optional(),
  inFlight: Count,
  /** Whole seconds since its last frame; from 3 on the node is stale, and its figures are 0. */
  ageS: z.number(),
  /** What it does, where that is not everything; one that takes no orders is neither promoted nor drained. */
  parts: z.array(ShopPart).optional(),
  /** Absent when it read nothing in the last minute. */
  cache: CacheShares.optional(),
  /** The version of the levers that it goes by. */
  levers: Count.optional(),
  /** By how many seconds its clock is ahead of the console's, or behind; absent below one. */
  skewS: z.number().optional(),
  /** Seconds since the database last answered it, while it does not. */
  databaseSilentS: Count.optional(),
});
export type NodeSummary = z.infer<typeof NodeSummary>;

/**
 * One second of the whole shop. `epoch` changes when a console restarts; within one epoch `seq` grows by one a frame:
 * a gap or a new epoch means: fetch the snapshot again. A frame counts every event that became visible since the
 * frame before it, so sums over frames equal the rows. Codes beyond the most frequent ones are summed under `other`,
 * and so are nodes (`id: "other"`), so that a frame stays within 4 KB.
 */
export const LiveFrame = z.object({
  epoch: z.string(),
  seq: z.int().min(0),
  /** The end of the second, ISO 8601 UTC. */
  t: z.iso.datetime(),
  ...business,
  simulated: SimulatedCounts,
  refused: Counts,
  qps: z.number(),
  latencyMs: Latency,
  funnel: BeaconCounts.extend({ placed: Count, paid: Count, delivered: Count }),
  channels: z.array(ChannelFrame),
  nodes: z.array(NodeSummary),
  queue: z.object({ due: Count, lagMs: z.number() }),
});
export type LiveFrame = z.infer<typeof LiveFrame>;

/**
 * One point of a chart: `t` is its start, `stepS` of the series its width. Counts are sums over the events' own times,
 * `qps` a mean. The newest point of a snapshot's series also carries what was counted beyond it.
 */
export const LivePoint = z.object({
  t: z.iso.datetime(),
  ...business,
  simulated: SimulatedCounts,
  refused: Counts,
  qps: z.number(),
  latencyMs: Latency,
  funnel: BeaconCounts.extend({ placed: Count, paid: Count, delivered: Count }),
});
export type LivePoint = z.infer<typeof LivePoint>;

export const LiveSeries = z.object({ stepS: z.int(), points: z.array(LivePoint) });
export type LiveSeries = z.infer<typeof LiveSeries>;

export const StockAlert = z.object({
  sku: z.string(),
  name: z.string(),
  available: Count,
  soldLastHour: Count,
});
export type StockAlert = z.infer<typeof StockAlert>;

/** What a subscriber starts from. `frame` is the newest one (null before the first); the next frame has `seq + 1`. */
export const LiveSnapshot = z.object({
  epoch: z.string(),
  seq: z.int(),
  t: z.iso.datetime(),
  frame: LiveFrame.nullable(),
  /** The last 5 minutes, second by second. */
  recent: LiveSeries,
  /** The last hour in steps of 15 s. */
  hour: LiveSeries,
  /** The same hour a week ago in steps of 1 min; empty when there is no history. */
  lastWeek: LiveSeries,
  channels: z.array(ChannelFrame),
  stock: z.array(StockAlert),
  targets: z.object({ successRate: z.number(), latencyP99Ms: z.number() }),
});
export type LiveSnapshot = z.infer<typeof LiveSnapshot>;
