import { z } from "zod";

/** Whose orders a fault may touch: shoppers and drills alone, or buyers too. */
export const drillTraffics = ["synthetic", "live"] as const;

const Rate = z.number().min(0).max(1);
const Ms = z.int().min(0).max(60_000);

/** A log-normal spread by two of its percentiles, both in ms. */
export const Latency = z
  .strictObject({ p50: Ms, p99: Ms })
  .refine(({ p50, p99 }) => p99 >= p50, { path: ["p99"], error: "at least p50" });
export type Latency = z.infer<typeof Latency>;

/** A rate of 0, and a latency of 0, do nothing at all: exactly as if they were absent. */
const trouble = { errorRate: Rate.optional(), latencyMs: Latency.optional() };

/** `active`, `standby` and `any` are resolved to a node's name when a run begins. */
export const NodeChoice = z.string().regex(/^(active|standby|any|[a-z]+-[0-9]+)$/);

export const attacks = [
  "order_flood",
  "card_testing",
  "callback_forgery",
  "callback_replay",
  "sign_in_guessing",
] as const;
export type Attack = (typeof attacks)[number];

/** One thing that is broken on purpose. */
export const DrillFault = z.discriminatedUnion("kind", [
  /** Processes: they touch everybody, and need a supervisor. */
  z.strictObject({ kind: z.literal("kill"), node: NodeChoice }),
  z.strictObject({ kind: z.literal("freeze"), node: NodeChoice }),
  z.strictObject({ kind: z.literal("restart"), node: NodeChoice }),
  /** What a node stands on: its statements, its cache's reads, its queue's triggers. They touch everybody. */
  z.strictObject({ kind: z.literal("database"), node: NodeChoice, ...trouble }),
  z.strictObject({ kind: z.literal("cache"), node: NodeChoice, ...trouble }),
  z.strictObject({ kind: z.literal("queue"), node: NodeChoice, dropRate: Rate.optional(), ...trouble }),
  /** A node's clock is wrong by so much, at most five minutes. */
  z.strictObject({ kind: z.literal("clock"), node: NodeChoice, offsetS: z.int().min(-300).max(300) }),
  /** Calls to a payment company and its callbacks, for orders within the blast radius. */
  z.strictObject({
    kind: z.literal("payment"),
    channel: z.enum(["wechat", "alipay"]),
    ...trouble,
    dropCallbacks: Rate.optional(),
    duplicateCallbacks: Rate.optional(),
    /** Callbacks arrive so much later, each by a random part of it, and so out of order. */
    delayCallbacksMs: Ms.optional(),
  }),
  z.strictObject({ kind: z.literal("supplier"), ...trouble }),
  /** Orders within the blast radius are refused as if the queue were full, or the product sold out. */
  z.strictObject({ kind: z.literal("full_queue"), rate: Rate }),
  z.strictObject({ kind: z.literal("sold_out"), sku: z.string().max(64).optional(), rate: Rate }),
  /** The console's count of the stock comes out wrong, for a product that there is not: no order meets it. */
  z.strictObject({
    kind: z.literal("stock_check"),
    /** `mismatch`: ledger and codes differ; `loss`: codes that were imported are gone. */
    finds: z.enum(["mismatch", "loss"]),
    codes: z.int().min(1).max(1_000),
  }),
  /** Synthetic shoppers come so many times as often; minute by minute where it is told, and never more than `factor`. */
  z.strictObject({
    kind: z.literal("surge"),
    factor: z.number().min(1).max(20),
    byMinute: z.array(z.number().min(1).max(20)).min(1).max(60).optional(),
  }),
  /** From loopback to loopback, never more than so many requests. */
  z.strictObject({
    kind: z.literal("attack"),
    attack: z.enum(attacks),
    perSecond: z.int().min(1).max(50),
    atMost: z.int().min(1).max(2_000),
  }),
]);
export type DrillFault = z.infer<typeof DrillFault>;

/** How far a fault may reach. `percent` of the orders within the traffic; no more than so many orders and buyers. */
export const BlastRadius = z.strictObject({
  traffic: z.enum(drillTraffics).default("synthetic"),
  percent: z.number().gt(0).max(100),
  orders: z.int().min(0).max(100_000),
  /** Real ones, told apart by what they order with. */
  buyers: z.int().min(0).max(10_000),
});
export type BlastRadius = z.infer<typeof BlastRadius>;

/**
 * A fault in its target: it ends by itself at `expiresAt` unless it is renewed, whoever died meanwhile. Nodes, the console,
 * the sandbox and the supervisor take leases alike.
 */
export const FaultLease = z.strictObject({
  id: z.uuid(),
  run: z.uuid(),
  /** With every choice of a node resolved. */
  fault: DrillFault,
  radius: BlastRadius,
  expiresAt: z.iso.datetime(),
});
export type FaultLease = z.infer<typeof FaultLease>;

/** What a target says of a lease that it holds or held. */
export const LeaseReport = z.strictObject({
  id: z.uuid(),
  state: z.enum(["active", "expired", "reverted", "failed"]),
  /** Orders that it touched, and the buyers' among them; calls or requests of those that know no order. */
  touched: z.strictObject({ orders: z.int(), buyers: z.int(), passes: z.int() }),
  /** It has reached as many orders or buyers as it may, and let somebody pass for that reason. */
  limited: z.boolean().optional(),
  /** It is over by the target's book, and what it did is seen still where it acts. */
  lingers: z.boolean().optional(),
  detail: z.string().max(500).optional(),
});
export type LeaseReport = z.infer<typeof LeaseReport>;
