import { z } from "zod";
import { PaymentMethod } from "../shop/orders.ts";
import { text } from "../text.ts";

/** What is refused on purpose, the cheapest first: nothing, browsing, or browsing and new orders. */
export const shedLevels = ["none", "browse", "order"] as const;
export const ShedLevel = z.enum(shedLevels);
export type ShedLevel = z.infer<typeof ShedLevel>;

const leverFields = {
  /** Payment methods that no order may choose; payments that wait stay valid. */
  paused: z.array(PaymentMethod).max(2),
  /** Units of one product in one order; null leaves it to the products. */
  maxUnits: z.int().min(1).max(100).nullable(),
  /** The products' own limits per order are multiplied by it, never below 1; null leaves them as they are. */
  limitFactor: z.number().gt(0).lt(1).nullable(),
  shed: ShedLevel,
};

/** What staff can do to the shop at once, without a release. Every node follows within a second. */
export const Levers = z.object({
  ...leverFields,
  /** Grows by one with every change. */
  version: z.int(),
  changedAt: z.iso.datetime().nullable(),
  changedBy: z.string().nullable(),
  reason: z.string().nullable(),
});
export type Levers = z.infer<typeof Levers>;

/** With the version that each node goes by; null where it has not said. */
export const LeversView = Levers.extend({
  nodes: z.array(z.object({ id: z.string(), version: z.int().nullable() })),
});
export type LeversView = z.infer<typeof LeversView>;

export const LeverChange = z
  .strictObject({
    paused: leverFields.paused.optional(),
    maxUnits: leverFields.maxUnits.optional(),
    limitFactor: leverFields.limitFactor.optional(),
    shed: ShedLevel.optional(),
    reason: text(500),
  })
  .refine(
    ({ paused, maxUnits, limitFactor, shed }) =>
      [paused, maxUnits, limitFactor, shed].some((field) => field !== undefined),
    { message: "name at least one lever" },
  );
export type LeverChange = z.infer<typeof LeverChange>;
