import type { DeadlineKind } from "@orderwatch/shared/ops/incidents.ts";
import type { Sql } from "../../platform/db.ts";
import type { DueDeadline, LevelChange } from "./domain.ts";

export async function addLevel(sql: Sql, incidentId: string, level: LevelChange): Promise<void> {
  await sql.query(
    `insert into incident_levels (incident_id, at, level) values ($1, $2, $3)
      on conflict (incident_id, at) do update set level = excluded.level`,
    [incidentId, level.at, level.level],
  );
}

export async function listLevels(sql: Sql, incidentId: string): Promise<LevelChange[]> {
  const { rows } = await sql.query<LevelChange>(
    "select at, level from incident_levels where incident_id = $1 order by at",
    [incidentId],
  );
  return rows;
}

export type DeadlineRow = DueDeadline & { incidentId: string; metAt: Date | null; missedAt: Date | null };

const deadlineColumns = `incident_id as "incidentId", kind, level, due_at as "dueAt", met_at as "metAt",
  missed_at as "missedAt", active`;

/** Writes the deadlines as they follow from the levels; what was met or missed stays so. */
export async function setDeadline(
  sql: Sql,
  incidentId: string,
  deadline: DueDeadline & { metAt: Date | null },
): Promise<void> {
  await sql.query(
    `insert into incident_deadlines as d (incident_id, kind, level, due_at, active, met_at) values ($1, $2, $3, $4, $5, $6)
      on conflict (incident_id, kind) do update set due_at = excluded.due_at, active = excluded.active,
        met_at = excluded.met_at`,
    [incidentId, deadline.kind, deadline.level, deadline.dueAt, deadline.active, deadline.metAt],
  );
}

export async function listDeadlines(sql: Sql, incidentIds: readonly string[]): Promise<DeadlineRow[]> {
  const { rows } = await sql.query<DeadlineRow>(
    `select ${deadlineColumns} from incident_deadlines where incident_id = any ($1::uuid[]) order by due_at, kind`,
    [incidentIds],
  );
  return rows;
}

/** Incidents with a deadline that passed unmet, and nobody has said so yet. */
export async function listOverdue(sql: Sql, now: Date, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select incident_id as id from incident_deadlines
      where active and met_at is null and missed_at is null and due_at <= $1
      group by incident_id order by min(due_at) limit $2`,
    [now, limit],
  );
  return rows.map(({ id }) => id);
}

/** Deadlines of an incident that passed unmet, and nobody has said so. */
export async function countUnsaid(sql: Sql, incidentId: string, now: Date): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `select count(*)::int as n from incident_deadlines
      where incident_id = $1 and active and met_at is null and missed_at is null and due_at <= $2`,
    [incidentId, now],
  );
  return rows[0]?.n ?? 0;
}

/** Says once that deadlines were missed, whoever else tries. */
export async function markMissed(
  sql: Sql,
  incidentId: string,
  now: Date,
): Promise<{ kind: DeadlineKind; dueAt: Date }[]> {
  const { rows } = await sql.query<{ kind: DeadlineKind; dueAt: Date }>(
    `update incident_deadlines set missed_at = $2
      where incident_id = $1 and active and met_at is null and missed_at is null and due_at <= $2
      returning kind, due_at as "dueAt"`,
    [incidentId, now],
  );
  return rows;
}
