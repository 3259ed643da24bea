import type { NewSupportPolicy, SupportPolicy } from "@orderwatch/shared/ops/ticket-team.ts";
import type { Sql } from "../../platform/db.ts";

const columns = `id, name, causes, targets, calendar, handoff_timeout_min as "handoffTimeoutMin",
  close_after_days as "closeAfterDays", revision`;

type Written = NewSupportPolicy & { id: string };

const values = (policy: Written, now: Date) => [
  ...[policy.id, policy.name, policy.causes, JSON.stringify(policy.targets), JSON.stringify(policy.calendar)],
  ...[policy.handoffTimeoutMin, policy.closeAfterDays, now],
];

/** The one for all other causes first, then by name. */
export async function listPolicies(sql: Sql): Promise<SupportPolicy[]> {
  const { rows } = await sql.query<SupportPolicy>(
    `select ${columns} from support_policies order by causes is not null, name, id`,
  );
  return rows;
}

export async function insertPolicy(sql: Sql, policy: Written, now: Date): Promise<SupportPolicy> {
  const { rows } = await sql.query<SupportPolicy>(
    `insert into support_policies (id, name, causes, targets, calendar, handoff_timeout_min, close_after_days, changed_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${columns}`,
    values(policy, now),
  );
  const [row] = rows;
  if (!row) throw new Error("an insert without its row");
  return row;
}

/** Null when it is not the revision any more. */
export async function changePolicy(
  sql: Sql,
  policy: Written,
  revision: number,
  now: Date,
): Promise<SupportPolicy | null> {
  const { rows } = await sql.query<SupportPolicy>(
    `update support_policies set name = $2, causes = $3, targets = $4, calendar = $5, handoff_timeout_min = $6,
        close_after_days = $7, changed_at = $8, revision = revision + 1
      where id = $1 and revision = $9 returning ${columns}`,
    [...values(policy, now), revision],
  );
  return rows[0] ?? null;
}

export async function deletePolicy(sql: Sql, id: string): Promise<void> {
  await sql.query("delete from support_policies where id = $1", [id]);
}
