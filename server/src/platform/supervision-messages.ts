import { LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import { z } from "zod";
import { SignedLease } from "./faults/proof.ts";

/** What the supervisor and its children say to each other over the IPC channel; parsed on both ends. */

export const childRoles = ["console", "shop", "payments", "fulfilment", "sandbox"] as const;
export type ChildRole = (typeof childRoles)[number];

export const nodeStates = ["starting", "active", "standby", "draining", "dead"] as const;
export type NodeState = (typeof nodeStates)[number];

export const nodeReport = z.object({
  /** `shop-1`, `console-1`, … */
  name: z.string(),
  role: z.enum(childRoles),
  /** `null` while no process runs. */
  pid: z.int().nullable(),
  state: z.enum(nodeStates),
});
export type NodeReport = z.output<typeof nodeReport>;

export const nodeCommands = ["promote", "drain", "restart"] as const;
export type NodeCommand = (typeof nodeCommands)[number];

export const childMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("heartbeat") }),
  /** Booted: may be told to go (shop), or serves already (the others). */
  z.object({ type: z.literal("ready") }),
  /** Answers `go`: new connections are accepted. */
  z.object({ type: z.literal("accepting") }),
  /** Answers `drain`: nothing is accepted any more and nothing is in flight. */
  z.object({ type: z.literal("drained") }),
  /** A signal tells it to end: it goes on until it is told to stop, and is started anew. */
  z.object({ type: z.literal("leave") }),
  /** The start cannot succeed by trying again (a setting, a taken port): the reason, in one line. */
  z.object({ type: z.literal("refused"), text: z.string() }),
  /** A line for the terminal. */
  z.object({ type: z.literal("notice"), text: z.string() }),
  z.object({ type: z.literal("request"), id: z.int(), command: z.enum(nodeCommands), node: z.string() }),
  /** A drill's fault in a process: a lease signed for the supervisor, or the id of one. */
  z.object({
    type: z.literal("fault"),
    id: z.int(),
    ask: z.discriminatedUnion("what", [
      z.object({ what: z.enum(["grant", "renew"]), signed: SignedLease }),
      z.object({ what: z.enum(["revert", "report"]), lease: z.string() }),
    ]),
  }),
  /** So many shop nodes are to accept. */
  z.object({ type: z.literal("scale"), id: z.int(), active: z.int() }),
]);
/** What is asked of the supervisor about a drill's fault in a process. */
export type FaultAsk = Extract<ChildMessage, { type: "fault" }>["ask"];
export type ChildMessage = z.output<typeof childMessage>;

export const supervisorMessage = z.discriminatedUnion("type", [
  /** Accept connections: on the socket that comes along, or (`address`) on a port opened with reusePort. */
  z.object({
    type: z.literal("go"),
    address: z.object({ host: z.string(), port: z.int() }).optional(),
  }),
  z.object({ type: z.literal("drain") }),
  z.object({ type: z.literal("stop") }),
  /** `active`: how many shop nodes are to accept. */
  z.object({ type: z.literal("nodes"), nodes: z.array(nodeReport), active: z.int() }),
  z.object({
    type: z.literal("reply"),
    id: z.int(),
    refusal: z.string().nullable(),
    /** Answers `fault`. */
    report: LeaseReport.optional(),
  }),
]);
export type SupervisorMessage = z.output<typeof supervisorMessage>;
