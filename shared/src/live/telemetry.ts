import { z } from "zod";
import { beaconSteps } from "../shop/beacons.ts";

export const NodeState = z.enum(["starting", "active", "standby", "draining", "dead"]);
export type NodeState = z.infer<typeof NodeState>;

/** What a shop process may do: take orders, take the payment companies' callbacks and settle, deliver. */
export const shopParts = ["orders", "payments", "fulfilment"] as const;
export const ShopPart = z.enum(shopParts);
export type ShopPart = z.infer<typeof ShopPart>;

const Count = z.int().min(0);
/** Counts by code. */
export const Counts = z.record(z.string().max(64), Count);
export const BeaconCounts = z.object(
  Object.fromEntries(beaconSteps.map((step) => [step, Count])) as Record<
    (typeof beaconSteps)[number],
    typeof Count
  >,
);

/**
 * Reads through a node's cache in the last minute, as shares from 0 to 1: answered without asking the database, and, of
 * all, with an older value because the database was slow or away.
 */
export const CacheShares = z.object({ hit: z.number().min(0).max(1), stale: z.number().min(0).max(1) });
export type CacheShares = z.infer<typeof CacheShares>;

/** What a shop node tells every console each second: only what has no row. Counts are of this one second. */
export const NodeFrame = z.object({
  node: z.object({
    id: z.string().max(64),
    pid: z.int(),
    startedAt: z.iso.datetime(),
    version: z.string().max(32),
    /** What it does, where that is not everything. */
    parts: z.array(ShopPart).optional(),
  }),
  seq: z.int().min(0),
  at: z.iso.datetime(),
  state: NodeState,
  /** Shop requests answered, of any kind. */
  requests: Count,
  /** Ordering latency (batcher wait included) as a packed DDSketch in base64; null when nothing was ordered. */
  latency: z.string().max(16_384).nullable(),
  refused: Counts,
  /** Real buyers' tries to order among them that were refused by our fault; absent when there were none. */
  buyersRefused: Count.optional(),
  beacons: BeaconCounts,
  /** Share of the event loop that was busy, 0 to 1. */
  eventLoop: z.number().min(0).max(1),
  /** Share of a processor that its thread got: less than the loop's share where a busy machine keeps it waiting. */
  cpu: z.number().min(0).max(1).optional(),
  inFlight: Count,
  /** Paid orders due for delivery, and the age of the oldest in ms; counted by the node once a second. */
  queue: z.object({ due: Count, lagMs: z.number().min(0) }),
  /** Absent when nothing was read. */
  cache: CacheShares.optional(),
  /** The version of the levers that it goes by. */
  levers: Count.optional(),
  /** Payment callbacks: believed (`repeated`: not for the first time) or not; absent when there were none. */
  callbacks: z.object({ accepted: Count, refused: Count, repeated: Count }).optional(),
  /** Seconds since the database last answered this node, while it does not. */
  databaseSilentS: Count.optional(),
});
export type NodeFrame = z.infer<typeof NodeFrame>;
