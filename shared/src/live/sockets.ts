import { z } from "zod";
import type { LeaseReport } from "../ops/drill-faults.ts";
import type { ProblemCode } from "../problem.ts";
import type { LiveFrame, LiveSnapshot, StockAlert } from "./frame.ts";
import type { NodeFrame } from "./telemetry.ts";

export const Subscribe = z.strictObject({ topic: z.literal("overview") });
export type Subscribe = z.infer<typeof Subscribe>;

export type Acknowledged<T> = { ok: true; value: T } | { ok: false; code: string; detail: string };

/**
 * Namespace `/live`: a snapshot on subscribing (the acknowledgement itself), then one frame a second. Connect with
 * `transports: ["websocket"]`: only that handshake always carries the origin that is checked. A refused connection's
 * `connect_error` carries a problem document in `data`.
 */
export interface LiveClientEvents {
  subscribe: (topic: Subscribe, acknowledge: (snapshot: LiveSnapshot) => void) => void;
}
export interface LiveServerEvents {
  frame: (frame: LiveFrame) => void;
  /** The whole list of what is about to run out, whenever it changes. */
  stock: (stock: StockAlert[]) => void;
  /** A subscription that was not understood or could not be answered; it gets no acknowledgement. */
  refused: (reason: { code: ProblemCode; detail: string }) => void;
}

/** Namespace `/nodes`: shop nodes to consoles, and back. */
export interface NodeClientEvents {
  frame: (frame: NodeFrame) => void;
}
/** A drill's faults in the node: `signed` is a `FaultLease` with a keyed hash of it, for this node alone. */
export interface NodeServerEvents {
  "fault.grant": (signed: unknown, acknowledge: (answer: Acknowledged<LeaseReport>) => void) => void;
  /** Prolongs it; one that is over stays so. */
  "fault.renew": (signed: unknown, acknowledge: (answer: Acknowledged<LeaseReport>) => void) => void;
  /** Ends it for good; needs no proof, as whoever wants less trouble may have it. */
  "fault.revert": (leaseId: string, acknowledge: (answer: Acknowledged<LeaseReport>) => void) => void;
  "fault.report": (leaseId: string, acknowledge: (answer: Acknowledged<LeaseReport>) => void) => void;
}

/** What a node shows when it connects: its id, the time in ms and a keyed hash of both (see the node link). */
export const NodeHandshake = z.strictObject({
  node: z.string().max(64),
  at: z.number(),
  proof: z.string().max(128),
});
export type NodeHandshake = z.infer<typeof NodeHandshake>;
