import type { NewPolicy } from "@orderwatch/shared/ops/oncall.ts";
import type { Sql } from "../../platform/db.ts";

export interface PolicyRow extends NewPolicy {
  id: string;
  version: number;
  levels: number[];
  updatedAt: Date;
}

const columns = `p.id, p.name, p.steps, p.repeats, p.auto_unack_seconds as "autoUnackSeconds", p.version,
  p.updated_at as "updatedAt",
  array(select level from level_policies l where l.policy_id = p.id order by level) as levels`;

export async function readPolicies(sql: Sql): Promise<PolicyRow[]> {
  const { rows } = await sql.query<PolicyRow>(
    `select ${columns} from escalation_policies p order by p.name, p.id`,
  );
  return rows;
}

export async function readPolicy(sql: Sql, id: string): Promise<PolicyRow | null> {
  const { rows } = await sql.query<PolicyRow>(
    `select ${columns} from escalation_policies p where p.id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

/** The policy that incidents of a level begin with. */
export async function readPolicyOf(sql: Sql, level: number): Promise<PolicyRow | null> {
  const { rows } = await sql.query<PolicyRow>(
    `select ${columns} from escalation_policies p join level_policies s on s.policy_id = p.id where s.level = $1`,
    [level],
  );
  return rows[0] ?? null;
}

export async function insertPolicy(sql: Sql, id: string, policy: NewPolicy, at: Date): Promise<void> {
  await sql.query(
    `insert into escalation_policies (id, name, steps, repeats, auto_unack_seconds, updated_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [id, policy.name, JSON.stringify(policy.steps), policy.repeats, policy.autoUnackSeconds, at],
  );
}

/** False when it is not of this version any more. */
export async function updatePolicy(
  sql: Sql,
  id: string,
  policy: NewPolicy & { version: number },
  at: Date,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update escalation_policies set name = $2, steps = $3, repeats = $4, auto_unack_seconds = $5, updated_at = $6,
       version = version + 1
     where id = $1 and version = $7`,
    [
      id,
      policy.name,
      JSON.stringify(policy.steps),
      policy.repeats,
      policy.autoUnackSeconds,
      at,
      policy.version,
    ],
  );
  return rowCount === 1;
}

/** Gives a policy levels, each taken over from whichever had it. */
export async function giveLevels(sql: Sql, id: string, levels: readonly number[]): Promise<void> {
  await sql.query(
    `insert into level_policies (level, policy_id) select distinct level, $1::uuid from unnest($2::int[]) l(level)
     on conflict (level) do update set policy_id = excluded.policy_id`,
    [id, levels],
  );
}

/** False when it serves a level, or is gone. */
export async function removePolicy(sql: Sql, id: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    "delete from escalation_policies p where id = $1 and not exists (select from level_policies where policy_id = p.id)",
    [id],
  );
  return rowCount === 1;
}

/** Lets one process at a time make what the first start finds missing; lasts until the transaction ends. */
export async function lockFirst(sql: Sql): Promise<void> {
  await sql.query("select pg_advisory_xact_lock(hashtextextended('oncall:first', 0))");
}
