import { z } from "zod";

/** More because of the requests, more because a node's event loop is busy, or fewer because it is quiet. */
export const ScaleReason = z.enum(["qps", "event_loop", "quiet"]);
export type ScaleReason = z.infer<typeof ScaleReason>;

/** A change of how many nodes are active, with what led to it: requests a second and busy event loops, summed. */
export const ScaleDecision = z.object({
  at: z.iso.datetime(),
  from: z.int(),
  to: z.int(),
  reason: ScaleReason,
  qps: z.number(),
  eventLoop: z.number(),
});
export type ScaleDecision = z.infer<typeof ScaleDecision>;

/** How many nodes take orders beside each other. `on` is false where that does not change by itself. */
export const Scaling = z.object({
  on: z.boolean(),
  /** Null where nobody on this machine could tell. */
  active: z.int().nullable(),
  max: z.int(),
  /** Requests a second that one node is thought to carry. */
  nodeQps: z.number(),
  /** The last ones, newest first. */
  decisions: z.array(ScaleDecision),
});
export type Scaling = z.infer<typeof Scaling>;
