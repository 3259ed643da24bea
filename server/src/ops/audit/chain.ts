import { createHash } from "node:crypto";
import type { AuditRow } from "./store.ts";

/** Each entry's hash covers the entry and the hash before it, so no entry can be changed without changing all after it. */

/** SHA-256 over the hash before and the entry in one canonical text. */
export function chainHash(previous: Buffer, row: AuditRow): Buffer {
  const facts = Object.entries(row.facts).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([
    ...[row.position, row.id, row.at.toISOString(), row.staffId, row.actor, row.action],
    ...[row.targetKind, row.targetId, row.reason, row.requestId, facts],
  ]);
  return createHash("sha256").update(previous).update(text).digest();
}
