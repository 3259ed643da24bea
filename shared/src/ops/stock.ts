import { z } from "zod";
import { Id } from "../ids.ts";
import { text } from "../text.ts";

export const CardCode = text(500);

export const ImportCodes = z.strictObject({ codes: z.array(CardCode).min(1).max(100_000) });

export const StockCounts = z.object({
  imported: z.int(),
  available: z.int(),
  held: z.int(),
  sold: z.int(),
  void: z.int(),
});
export type StockCounts = z.infer<typeof StockCounts>;

/** How far an import has come; `duplicates` were in the shop already or twice in the file. */
export const StockImport = z.object({
  id: Id,
  sku: z.string(),
  status: z.enum(["running", "finished", "failed"]),
  received: z.int(),
  imported: z.int(),
  duplicates: z.int(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  detail: z.string().nullable(),
});
export type StockImport = z.infer<typeof StockImport>;
