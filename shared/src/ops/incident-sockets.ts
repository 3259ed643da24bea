import { z } from "zod";
import type { Acknowledged } from "../live/sockets.ts";
import type { Incident } from "./incidents.ts";

/** `since` is the last `cursor` that was heard; without it, all that is open comes, and the newest that have ended. */
export const SubscribeIncidents = z.strictObject({
  topic: z.literal("incidents"),
  since: z.iso.datetime().optional(),
});
export type SubscribeIncidents = z.infer<typeof SubscribeIncidents>;

export interface IncidentsSnapshot {
  cursor: string;
  /** What is wanted, or what changed since; a few may have been heard already, `revision` tells. */
  incidents: Incident[];
}

/**
 * Namespace `/ops`: the acknowledgement of `subscribe` holds what the client lacks, then each change comes as it happens.
 * After a reconnection, subscribing with the last cursor misses nothing.
 */
export interface OpsClientEvents {
  subscribe: (
    topic: SubscribeIncidents,
    acknowledge: (answer: Acknowledged<IncidentsSnapshot>) => void,
  ) => void;
}
export interface OpsServerEvents {
  "incident.changed": (change: { cursor: string; incident: Incident }) => void;
}
