import { z } from "zod";
import type { Acknowledged } from "../live/sockets.ts";
import type { DrillRun, DrillRunSummary, DrillStop } from "./drills.ts";

export const SubscribeDrills = z.strictObject({ topic: z.literal("drills") });
export type SubscribeDrills = z.infer<typeof SubscribeDrills>;

export interface DrillsSnapshot {
  stop: DrillStop;
  /** The run that is under way, if any. */
  running: DrillRunSummary[];
}

/**
 * Namespace `/ops`, topic `drills`: the acknowledgement of `subscribe` holds what is under way, then each run comes whole
 * as it changes (about once a second while it runs), and the stop whenever it is engaged or released.
 */
export interface DrillClientEvents {
  subscribe: (topic: SubscribeDrills, acknowledge: (answer: Acknowledged<DrillsSnapshot>) => void) => void;
}
export interface DrillServerEvents {
  "drill.changed": (run: DrillRun) => void;
  "drills.stop": (stop: DrillStop) => void;
}
