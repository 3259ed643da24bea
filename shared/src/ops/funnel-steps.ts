import { z } from "zod";

/** From the first page to the code, in order. */
export const funnelSteps = ["visit", "product", "checkout", "placed", "paid", "delivered"] as const;
export const FunnelStep = z.enum(funnelSteps);
export type FunnelStep = z.infer<typeof FunnelStep>;
