import { z } from "zod";
import { Sku } from "./catalog.ts";

/** The buyer's steps before an order exists. */
export const beaconSteps = ["visit", "product", "checkout"] as const;
export const BeaconStep = z.enum(beaconSteps);
export type BeaconStep = z.infer<typeof BeaconStep>;

/** Steps of one visit: a random session per visit, nothing personal, times are the server's. */
export const Beacons = z
  .array(
    z.strictObject({
      session: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, "8 to 64 letters, digits, hyphens or underscores"),
      step: BeaconStep,
      sku: Sku.optional(),
    }),
  )
  .min(1)
  .max(20);
export type Beacons = z.infer<typeof Beacons>;
