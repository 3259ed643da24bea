import { z } from "zod";
import { Id } from "../ids.ts";
import { page } from "../list.ts";
import { text } from "../text.ts";

/** What somebody did, as the audit log keeps it. */
export const AuditEntry = z.object({
  id: Id,
  /** 1, 2, 3 … without a gap. */
  position: z.int(),
  at: z.iso.datetime(),
  /** Null when nobody was signed in. */
  staffId: z.string().nullable(),
  actor: z.string(),
  action: z.string(),
  target: z.object({ kind: z.string(), id: z.string() }),
  reason: z.string().nullable(),
  requestId: z.string().nullable(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditQuery = z.strictObject({
  ...page,
  targetKind: text(40).optional(),
  targetId: text(100).optional(),
  staffId: text(100).optional(),
});
export type AuditQuery = z.output<typeof AuditQuery>;

/** Whether the log is as it was written; `brokenAt` is the first position that is not. */
export const AuditVerdict = z.object({
  intact: z.boolean(),
  entries: z.int(),
  brokenAt: z.int().nullable(),
});
export type AuditVerdict = z.infer<typeof AuditVerdict>;
