import type { Escalation } from "@orderwatch/shared/ops/oncall.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";
import type { PolicySnapshot, Position } from "./escalation-domain.ts";

export interface EscalationRow {
  id: string;
  incidentId: string;
  level: number;
  title: Words;
  policy: PolicySnapshot;
  state: Escalation["state"];
  turn: number;
  step: number;
  round: number;
  nextAt: Date | null;
  startedAt: Date;
  acknowledgedBy: string | null;
}

export interface PageRow {
  notificationId: string;
  turn: number;
  step: number;
  round: number;
  userId: string;
  at: Date;
  state: Escalation["pages"][number]["state"];
  reason: string | null;
}

const columns = `id, incident_id as "incidentId", level, title, policy, state, turn, step, round, next_at as "nextAt",
  started_at as "startedAt", acknowledged_by as "acknowledgedBy"`;

/** Begins an incident's paging, or begins it again where it had stopped; null when it is under way. */
export async function insertEscalation(
  sql: Sql,
  row: Pick<EscalationRow, "id" | "incidentId" | "level" | "title" | "policy" | "startedAt">,
): Promise<EscalationRow | null> {
  const { rows } = await sql.query<EscalationRow>(
    `insert into escalations as e (id, incident_id, level, title, policy, state, turn, step, round, next_at, started_at)
     values ($1, $2, $3, $4, $5, 'paging', 0, 0, 0, $6, $6)
     on conflict (incident_id) do update
       set level = excluded.level, title = excluded.title, policy = excluded.policy, state = 'paging', step = 0,
         round = 0, next_at = excluded.next_at, acknowledged_by = null
       where e.state = 'stopped'
     returning ${columns}`,
    [row.id, row.incidentId, row.level, row.title, row.policy, row.startedAt],
  );
  return rows[0] ?? null;
}

export async function readEscalation(sql: Sql, incidentId: string): Promise<EscalationRow | null> {
  const { rows } = await sql.query<EscalationRow>(
    `select ${columns} from escalations where incident_id = $1`,
    [incidentId],
  );
  return rows[0] ?? null;
}

/** Takes an incident's escalation until the transaction ends. */
export async function lockEscalation(sql: Sql, incidentId: string): Promise<EscalationRow | null> {
  const { rows } = await sql.query<EscalationRow>(
    `select ${columns} from escalations where incident_id = $1 for update`,
    [incidentId],
  );
  return rows[0] ?? null;
}

export async function listDue(sql: Sql, now: Date, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    "select id from escalations where next_at <= $1 order by next_at, id limit $2",
    [now, limit],
  );
  return rows.map(({ id }) => id);
}

/** Takes a due escalation, unless another worker has it or has done it. Its incident comes first, as for all who change it. */
export async function claimDue(sql: Sql, id: string, now: Date): Promise<EscalationRow | null> {
  await sql.query(
    "select from incidents i join escalations e on e.incident_id = i.id where e.id = $1 for update of i",
    [id],
  );
  const { rows } = await sql.query<EscalationRow>(
    `select ${columns} from escalations where id = $1 and next_at <= $2 for update skip locked`,
    [id, now],
  );
  return rows[0] ?? null;
}

/** Moves an escalation one turn on; false when somebody else did. */
export async function moveOn(
  sql: Sql,
  row: Pick<EscalationRow, "id" | "turn">,
  to: Position & { state: EscalationRow["state"]; nextAt: Date | null },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update escalations set turn = turn + 1, step = $3, round = $4, state = $5, next_at = $6,
       acknowledged_by = case when $5 = 'paging' then null else acknowledged_by end
     where id = $1 and turn = $2 and state <> 'stopped'`,
    [row.id, row.turn, to.step, to.round, to.state, to.nextAt],
  );
  return rowCount === 1;
}

/** What somebody has seen pages nobody until it lapses. */
export async function acknowledge(
  sql: Sql,
  id: string,
  facts: { by: string; nextAt: Date | null },
): Promise<void> {
  await sql.query(
    "update escalations set state = 'acknowledged', acknowledged_by = $2, next_at = $3 where id = $1",
    [id, facts.by, facts.nextAt],
  );
}

export async function postpone(sql: Sql, id: string, nextAt: Date | null): Promise<void> {
  await sql.query("update escalations set next_at = $2 where id = $1", [id, nextAt]);
}

/** Another level: the position begins anew, so that its first step is the next one. */
export async function changePolicy(
  sql: Sql,
  id: string,
  change: { level: number; policy: PolicySnapshot },
): Promise<void> {
  await sql.query("update escalations set level = $2, policy = $3 where id = $1", [
    id,
    change.level,
    change.policy,
  ]);
}

/** True when there was something to stop. */
export async function stop(sql: Sql, incidentId: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    "update escalations set state = 'stopped', next_at = null where incident_id = $1 and state <> 'stopped'",
    [incidentId],
  );
  return rowCount === 1;
}

export async function insertPage(
  sql: Sql,
  escalationId: string,
  page: Omit<PageRow, "state" | "reason">,
): Promise<void> {
  await sql.query(
    `insert into escalation_pages (notification_id, escalation_id, turn, step, round, user_id, at, state)
     values ($1, $2, $3, $4, $5, $6, $7, 'pending')`,
    [page.notificationId, escalationId, page.turn, page.step, page.round, page.userId, page.at],
  );
}

export async function readPages(sql: Sql, escalationId: string): Promise<PageRow[]> {
  const { rows } = await sql.query<PageRow>(
    `select notification_id as "notificationId", turn, step, round, user_id as "userId", at, state, reason
     from escalation_pages where escalation_id = $1 order by turn, notification_id limit 500`,
    [escalationId],
  );
  return rows;
}

/** Pages whose end is not known yet, after one of them; oldest first. */
export async function listOpenPages(sql: Sql, after: string, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select notification_id as id from escalation_pages where state = 'pending' and notification_id > $1
     order by notification_id limit $2`,
    [after, limit],
  );
  return rows.map(({ id }) => id);
}

/** Notes how pages ended; the escalations of those that reached nobody. */
export async function closePages(
  sql: Sql,
  ends: readonly { id: string; state: "reached" | "exhausted"; reason: string | null }[],
): Promise<string[]> {
  const { rows } = await sql.query<{ escalationId: string; state: string }>(
    `update escalation_pages p set state = e.state, reason = e.reason
     from unnest($1::uuid[], $2::text[], $3::text[]) e(id, state, reason)
     where p.notification_id = e.id and p.state = 'pending'
     returning p.escalation_id as "escalationId", p.state`,
    [ends.map(({ id }) => id), ends.map(({ state }) => state), ends.map(({ reason }) => reason)],
  );
  return [
    ...new Set(rows.filter(({ state }) => state === "exhausted").map(({ escalationId }) => escalationId)),
  ];
}

/** Makes the next step due where nobody of the present one can be reached. */
export async function hasten(sql: Sql, escalationIds: readonly string[], now: Date): Promise<void> {
  await sql.query(
    `update escalations e set next_at = $2
     where id = any($1::uuid[]) and state = 'paging' and next_at > $2
       and not exists (select from escalation_pages p
         where p.escalation_id = e.id and p.turn = e.turn and p.state <> 'exhausted')`,
    [escalationIds, now],
  );
}

/** Why the last turn's people were not reached, if none of them was. */
export async function readFailure(sql: Sql, id: string, turn: number): Promise<string | null> {
  const { rows } = await sql.query<{ all: number; failed: number; reasons: string | null }>(
    `select count(*)::int as "all", count(*) filter (where state = 'exhausted')::int as failed,
       string_agg(distinct reason, '; ') as reasons
     from escalation_pages where escalation_id = $1 and turn = $2`,
    [id, turn],
  );
  const [found] = rows;
  return found && found.all > 0 && found.all === found.failed ? (found.reasons ?? "unreachable") : null;
}
