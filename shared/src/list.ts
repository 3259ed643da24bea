import { z } from "zod";

/** The shape of every list: `nextCursor` is null on the last page and opaque otherwise. */
export const list = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** Query of every list. */
export const page = {
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};
