import type { ChannelFrame, LiveFrame, NodeSummary } from "@orderwatch/shared/live/frame.ts";
import type { Percentiles } from "./sketch.ts";
import { fieldsOf, otherCode, type Tally } from "./tally.ts";

export interface FrameParts {
  epoch: string;
  seq: number;
  /** The end of the frame's second, in seconds since 1970 UTC. */
  second: number;
  /** What became visible, and what nodes reported, since the frame before. */
  tally: Tally;
  latencyMs: Percentiles | null;
  channels: ChannelFrame[];
  nodes: NodeSummary[];
  queue: LiveFrame["queue"];
}

/** The contract's 4 KB, less room for what the socket protocol writes around a frame. */
export const frameBytes = 4_032;

/** How many codes of each kind and how many nodes are tried, until a frame fits. */
const sizes = [
  { codes: 20, nodes: 16 },
  { codes: 16, nodes: 12 },
  { codes: 10, nodes: 8 },
  { codes: 5, nodes: 4 },
] as const;
const smallest = { codes: 3, nodes: 2 } as const;

/** One second of the shop; the sums are whole even where codes or nodes had to be put together. */
export function composeFrame(parts: FrameParts): LiveFrame {
  const fields = fieldsOf(parts.tally);
  const made = (most: { codes: number; nodes: number }): LiveFrame => ({
    epoch: parts.epoch,
    seq: parts.seq,
    t: new Date(parts.second * 1_000).toISOString(),
    ...fields,
    failed: capCounts(fields.failed, most.codes),
    refused: capCounts(fields.refused, most.codes),
    qps: parts.tally.get("requests") ?? 0,
    latencyMs: parts.latencyMs,
    channels: parts.channels,
    nodes: capNodes(parts.nodes, most.nodes),
    queue: parts.queue,
  });
  for (const size of sizes) {
    const frame = made(size);
    if (Buffer.byteLength(JSON.stringify(frame)) <= frameBytes) return frame;
  }
  return made(smallest);
}

/** Keeps the `most` most frequent codes and sums the others. Takes codes in descending order of their counts. */
export function capCounts(counts: Record<string, number>, most: number): Record<string, number> {
  const entries = Object.entries(counts);
  if (entries.length <= most) return counts;
  const named = entries.filter(([code]) => code !== otherCode);
  const kept = named.slice(0, most - 1);
  const rest = named.slice(most - 1).reduce((sum, [, n]) => sum + n, counts[otherCode] ?? 0);
  return { ...Object.fromEntries(kept), [otherCode]: rest };
}

/** Keeps the `most` nodes that matter most, in the order of the list, and adds the others up. */
function capNodes(nodes: NodeSummary[], most: number): NodeSummary[] {
  if (nodes.length <= most) return nodes;
  const rest = nodes.slice(most - 1);
  const sum = (of: (node: NodeSummary) => number) =>
    rest.reduce((total, node) => Math.round((total + of(node)) * 10) / 10, 0);
  const largest = (of: (node: NodeSummary) => number) => Math.max(...rest.map(of));
  const other: NodeSummary = {
    id: otherCode,
    pid: 0,
    state: rest[0]?.state ?? "standby",
    qps: sum((node) => node.qps),
    eventLoop: largest((node) => node.eventLoop),
    inFlight: sum((node) => node.inFlight),
    ageS: largest((node) => node.ageS),
  };
  return [...nodes.slice(0, most - 1), other];
}
