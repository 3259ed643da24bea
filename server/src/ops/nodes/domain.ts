/**
 * More nodes within seconds, fewer only after a quiet while: around any level of load, noise of up to 15 % either way
 * moves the number of active nodes in one direction at most, so that it never flaps.
 */
import type { ScaleReason } from "@orderwatch/shared/ops/nodes.ts";

export const scaleRules = {
  /** How busy event loops may be before there have to be more of them. */
  loopTarget: 0.7,
  /** The load that one node less would have must stay below this share of what is allowed. */
  quietShare: 0.7,
  /** Samples in a row, one a second, before anything is changed. */
  samplesUp: 3,
  samplesDown: 20,
  /** Time after any change, in ms, in which what it did is not yet seen. */
  restUpMs: 5_000,
  restDownMs: 30_000,
} as const;

export interface ScaleBounds {
  /** Most active nodes; the least is one. */
  max: number;
  /** Requests a second that one node is to take at most. */
  nodeQps: number;
}

/** One second of all active nodes together. */
export interface LoadSample {
  qps: number;
  /** Event loops in use: the sum of the nodes' shares. */
  eventLoop: number;
}

export interface ScaleState {
  /** Samples in a row that asked for more, and the least that any of them needed. */
  high: number;
  needed: number;
  low: number;
  changedAt: number | null;
}

export const restingScale: ScaleState = { high: 0, needed: 0, low: 0, changedAt: null };

export interface ScaleStep {
  state: ScaleState;
  change: { to: number; reason: ScaleReason } | null;
}

/** How many nodes' worth of load there is, by its tighter measure. */
function nodesNeeded(sample: LoadSample, bounds: ScaleBounds): { nodes: number; reason: ScaleReason } {
  const byQps = sample.qps / bounds.nodeQps;
  const byLoop = sample.eventLoop / scaleRules.loopTarget;
  return byQps >= byLoop ? { nodes: byQps, reason: "qps" } : { nodes: byLoop, reason: "event_loop" };
}

/**
 * What a second's sample means for the number of active nodes. A sample is null where one of them did not report or
 * a switch is under way: then nothing is known, and nothing changes.
 */
export function decideScale(
  state: ScaleState,
  now: { active: number; sample: LoadSample | null; atMs: number },
  bounds: ScaleBounds,
): ScaleStep {
  const { active, sample, atMs } = now;
  if (sample === null) return { state: { ...state, high: 0, low: 0 }, change: null };
  const { nodes, reason } = nodesNeeded(sample, bounds);
  const isHigh = nodes > active;
  const isLow = nodes < (active - 1) * scaleRules.quietShare;
  const next: ScaleState = {
    high: isHigh ? state.high + 1 : 0,
    needed: isHigh ? Math.min(nodes, state.high > 0 ? state.needed : nodes) : 0,
    low: isLow ? state.low + 1 : 0,
    changedAt: state.changedAt,
  };
  const restedMs = state.changedAt === null ? Number.POSITIVE_INFINITY : atMs - state.changedAt;
  const changeTo = (to: number, why: ScaleReason): ScaleStep => ({
    state: { ...restingScale, changedAt: atMs },
    change: { to, reason: why },
  });
  const most = Math.min(bounds.max, Math.ceil(next.needed));
  if (next.high >= scaleRules.samplesUp && restedMs >= scaleRules.restUpMs && most > active)
    return changeTo(most, reason);
  if (next.low >= scaleRules.samplesDown && restedMs >= scaleRules.restDownMs)
    return changeTo(Math.min(bounds.max, active - 1), "quiet");
  return { state: next, change: null };
}
