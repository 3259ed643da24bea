import type { AuditEntry, AuditQuery, AuditVerdict } from "@orderwatch/shared/ops/audit.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import { chainHash } from "./chain.ts";
import type { AuditFacts, AuditRow } from "./store.ts";
import * as store from "./store.ts";

export type { AuditFacts } from "./store.ts";

export interface AuditContext {
  db: Database;
  clock: Clock;
  newId: NewId;
}

/** Who does something, and with which request. */
export interface By {
  staff: { id: string; name: string } | null;
  requestId?: string | undefined;
}

export interface AuditNote {
  /** `noun.pastTense` */
  action: string;
  target: { kind: string; id: string };
  reason?: string | undefined;
  /** Free of secrets and of buyers' personal data. */
  facts?: AuditFacts;
}

/**
 * Adds an entry to the audit log. Inside a transaction it should be the last thing: it makes all other writers wait until
 * the transaction ends.
 */
export async function recordAudit(context: AuditContext, by: By, note: AuditNote): Promise<void> {
  await context.db.transaction(async (sql) => {
    const head = await store.lockHead(sql);
    const row: AuditRow = {
      position: head.position + 1,
      id: context.newId(),
      at: context.clock.now(),
      staffId: by.staff?.id ?? null,
      actor: by.staff?.name ?? "system",
      action: note.action,
      targetKind: note.target.kind,
      targetId: note.target.id,
      reason: note.reason ?? null,
      requestId: by.requestId ?? null,
      facts: note.facts ?? {},
    };
    await store.append(sql, row, chainHash(head.hash, row));
  });
}

/** Does something and audits it, both or neither; `work` gets the database as their common transaction sees it. */
export async function audited<T>(
  context: AuditContext,
  by: By,
  work: (within: Database) => Promise<{ result: T; note: AuditNote }>,
): Promise<T> {
  return await context.db.transaction(async (_, within) => {
    const { result, note } = await work(within);
    await recordAudit({ ...context, db: within }, by, note);
    return result;
  });
}

/** Newest first, as far as `viewer` may know of it, or all for the house itself. Throws `request.invalid` for a cursor that is not ours. */
export async function listAudit(
  { db }: Pick<AuditContext, "db">,
  query: AuditQuery,
  viewer?: { id: string },
): Promise<{ items: AuditEntry[]; nextCursor: string | null }> {
  const { cursor, limit, ...filter } = query;
  if (cursor !== undefined && !/^[1-9][0-9]{0,14}$/.test(cursor))
    throw new DomainError("request.invalid", "cursor: not one of ours", {
      errors: [{ path: "cursor", message: "not one of ours" }],
    });
  const before = cursor === undefined ? null : Number(cursor);
  const rows = await store.list(db.sql, {
    ...filter,
    before,
    limit: limit + 1,
    viewerId: viewer?.id ?? null,
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ targetKind, targetId, at, ...row }) => ({
      ...row,
      at: at.toISOString(),
      target: { kind: targetKind, id: targetId },
    })),
    nextCursor: rows.length > limit && last ? String(last.position) : null,
  };
}

const verifiedAtOnce = 2_000;

/** Follows the chain from its first entry to its head. */
export async function verifyAudit({ db }: Pick<AuditContext, "db">): Promise<AuditVerdict> {
  const head = await store.readHead(db.sql);
  let previous: Buffer = Buffer.alloc(0);
  let position = 0;
  for (;;) {
    const rows = await store.readChain(db.sql, position, verifiedAtOnce);
    for (const row of rows) {
      const expected = chainHash(previous, row);
      if (row.position !== position + 1 || !expected.equals(row.hash))
        return { intact: false, entries: position, brokenAt: position + 1 };
      previous = row.hash;
      position = row.position;
      if (position === head?.position && !head.hash.equals(previous))
        return { intact: false, entries: position, brokenAt: position };
    }
    if (rows.length < verifiedAtOnce) break;
  }
  const isWhole = head !== null && position >= head.position;
  return { intact: isWhole, entries: position, brokenAt: isWhole ? null : position + 1 };
}
