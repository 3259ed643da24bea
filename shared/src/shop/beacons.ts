import { z } from "zod";
import { Sku } from "./catalog.ts";

/** The buyer's steps before an order exists. */
export const beaconSteps = ["visit", "product", "checkout"] as const;
export const BeaconStep = z.enum(beaconSteps);
export type BeaconStep = z.infer<typeof BeaconStep>;

/** What kind of device a visit comes from, as its browser names itself. */
export const deviceClasses = ["phone", "tablet", "desktop", "unknown"] as const;
export const DeviceClass = z.enum(deviceClasses);
export type DeviceClass = z.infer<typeof DeviceClass>;

/** A random name, made anew for each visit. */
export const Session = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, "8 to 64 letters, digits, hyphens or underscores");

/** Steps of one visit: a random session per visit, nothing personal, times are the server's. */
export const Beacons = z
  .array(
    z.strictObject({
      session: Session,
      step: BeaconStep,
      sku: Sku.optional(),
    }),
  )
  .min(1)
  .max(20);
export type Beacons = z.infer<typeof Beacons>;
