import type { Sql } from "../../platform/db.ts";

export type AuditFacts = Record<string, string | number | boolean | null>;

export interface AuditRow {
  position: number;
  id: string;
  at: Date;
  staffId: string | null;
  actor: string;
  action: string;
  targetKind: string;
  targetId: string;
  reason: string | null;
  requestId: string | null;
  facts: AuditFacts;
}

export interface Head {
  position: number;
  hash: Buffer;
}

/** The last link, locked: whoever has it is the one writer until the transaction ends. */
export async function lockHead(sql: Sql): Promise<Head> {
  const { rows } = await sql.query<Head>(`select position::int as position, hash from audit_head for update`);
  const [head] = rows;
  if (!head) throw new Error("the audit log has lost its head");
  return head;
}

export async function append(sql: Sql, row: AuditRow, hash: Buffer): Promise<void> {
  await sql.query(
    `with written as (
        insert into audit_entries (position, id, at, staff_id, actor, action, target_kind, target_id, reason, request_id, facts, hash)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
      )
      update audit_head set position = $1, hash = $12`,
    [
      ...[row.position, row.id, row.at, row.staffId, row.actor, row.action],
      ...[row.targetKind, row.targetId, row.reason, row.requestId, JSON.stringify(row.facts), hash],
    ],
  );
}

const columns = `position::int as position, id, at, staff_id as "staffId", actor, action, target_kind as "targetKind",
  target_id as "targetId", reason, request_id as "requestId", facts`;

/** A surprise drill that is not over is in the log for those alone who asked for it or approved it. */
const isKnown = `($6::text is null or not (target_kind = 'drill_run' and exists (select from drill_runs r
  where r.id::text = target_id and r.mode = 'surprise' and r.ended_at is null
    and not exists (select from drill_approvals a where a.run_id = r.id and a.staff_id = $6))))`;

/** Newest first, from before a position, as far as `viewerId` may know; null knows all. */
export async function list(
  sql: Sql,
  filter: {
    targetKind?: string | undefined;
    targetId?: string | undefined;
    staffId?: string | undefined;
    before: number | null;
    limit: number;
    viewerId: string | null;
  },
): Promise<AuditRow[]> {
  const { rows } = await sql.query<AuditRow>(
    `select ${columns} from audit_entries
      where ($1::text is null or target_kind = $1) and ($2::text is null or target_id = $2)
        and ($3::text is null or staff_id = $3) and ($4::bigint is null or position < $4)
        and ${isKnown}
      order by position desc limit $5`,
    [
      ...[filter.targetKind ?? null, filter.targetId ?? null, filter.staffId ?? null, filter.before],
      ...[filter.limit, filter.viewerId],
    ],
  );
  return rows;
}

/** The next entries after a position, oldest first, with their hashes. */
export async function readChain(
  sql: Sql,
  after: number,
  limit: number,
): Promise<(AuditRow & { hash: Buffer })[]> {
  const { rows } = await sql.query<AuditRow & { hash: Buffer }>(
    `select ${columns}, hash from audit_entries where position > $1 order by position limit $2`,
    [after, limit],
  );
  return rows;
}

export async function readHead(sql: Sql): Promise<Head | null> {
  const { rows } = await sql.query<Head>("select position::int as position, hash from audit_head");
  return rows[0] ?? null;
}
