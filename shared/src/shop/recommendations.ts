import { z } from "zod";
import { Sku } from "./catalog.ts";

/** Bought before by this device; bought by those who bought what it bought; or what most buyers buy. */
export const RecommendationReason = z.enum(["again", "similar", "popular"]);
export type RecommendationReason = z.infer<typeof RecommendationReason>;

/** What this device's buyer may want next, the likeliest first; all of it is for sale and in stock. */
export const Recommendations = z.object({
  items: z.array(z.object({ sku: Sku, reason: RecommendationReason })),
});
export type Recommendations = z.infer<typeof Recommendations>;
