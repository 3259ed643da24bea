import { z } from "zod";

/** A text that reaches people from the server, in both languages; whoever shows or sends it chooses. */
export const Words = z.object({ "zh-CN": z.string(), en: z.string() });
export type Words = z.infer<typeof Words>;

/** The languages that the product speaks. */
export const languages = ["zh-CN", "en"] as const satisfies readonly (keyof Words)[];
export type Language = (typeof languages)[number];
