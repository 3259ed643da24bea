import { z } from "zod";

/** A text that reaches people from the server, in both languages; whoever shows or sends it chooses. */
export const Words = z.object({ "zh-CN": z.string(), en: z.string() });
export type Words = z.infer<typeof Words>;
