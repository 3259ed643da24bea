import type { AlertLevel, Facts, Labels } from "@orderwatch/shared/ops/detection.ts";
import type { IncidentRole, IncidentState, TimelineLink } from "@orderwatch/shared/ops/incidents.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";
import { openStates, type Scope } from "./domain.ts";

export interface IncidentRow {
  id: string;
  number: number;
  level: AlertLevel;
  state: IncidentState;
  title: Words;
  rule: string | null;
  labels: Labels;
  groupKey: string | null;
  runbook: string | null;
  drill: boolean;
  scope: Scope;
  startedAt: Date;
  openedAt: Date;
  acknowledgedAt: Date | null;
  acknowledgedById: string | null;
  acknowledgedBy: string | null;
  planStartedAt: Date | null;
  thirdPartyEngagedAt: Date | null;
  mitigatedAt: Date | null;
  healedAt: Date | null;
  resolvedAt: Date | null;
  reviewedAt: Date | null;
  endedBy: string | null;
  mergedInto: string | null;
  scannedTo: Date;
  frozenAt: Date | null;
  revision: number;
  changedAt: Date;
}

const columns = `id, number::int as number, level, state, title, rule, labels, group_key as "groupKey", runbook, drill, scope,
  started_at as "startedAt", opened_at as "openedAt", acknowledged_at as "acknowledgedAt",
  acknowledged_by_id as "acknowledgedById", acknowledged_by as "acknowledgedBy", plan_started_at as "planStartedAt",
  third_party_engaged_at as "thirdPartyEngagedAt", mitigated_at as "mitigatedAt", healed_at as "healedAt",
  resolved_at as "resolvedAt", reviewed_at as "reviewedAt", ended_by as "endedBy", merged_into as "mergedInto",
  scanned_to as "scannedTo", frozen_at as "frozenAt", revision, changed_at as "changedAt"`;

export type NewIncident = Pick<
  IncidentRow,
  "id" | "level" | "title" | "rule" | "labels" | "groupKey" | "runbook" | "drill" | "scope" | "startedAt"
> & { now: Date };

/** Null when an incident of this group is open already. */
export async function insert(sql: Sql, incident: NewIncident): Promise<IncidentRow | null> {
  const { rows } = await sql.query<IncidentRow>(
    `insert into incidents (id, level, state, title, rule, labels, group_key, runbook, drill, scope, started_at, opened_at,
        scanned_to, changed_at)
      values ($1, $2, 'detected', $3, $4, $5, $6, $7, $8, $9, $10, $11, $10, $11)
      on conflict (group_key) where state in ('detected', 'acknowledged', 'mitigating', 'monitoring') do nothing
      returning ${columns}`,
    [
      ...[incident.id, incident.level, JSON.stringify(incident.title), incident.rule],
      ...[JSON.stringify(incident.labels), incident.groupKey, incident.runbook, incident.drill],
      ...[JSON.stringify(incident.scope), incident.startedAt, incident.now],
    ],
  );
  return rows[0] ?? null;
}

/** Those of these incidents that a surprise drill, which is not over, has caused. */
export async function listSurprises(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select caused.incident_id as id from drill_incidents caused join drill_runs run on run.id = caused.run_id
      where caused.incident_id = any($1) and run.mode = 'surprise' and run.ended_at is null`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

export async function read(sql: Sql, id: string): Promise<IncidentRow | null> {
  const { rows } = await sql.query<IncidentRow>(`select ${columns} from incidents where id = $1`, [id]);
  return rows[0] ?? null;
}

/** Locked until the transaction ends, so that what is decided from it still holds when it is written. */
export async function lock(sql: Sql, id: string): Promise<IncidentRow | null> {
  const { rows } = await sql.query<IncidentRow>(`select ${columns} from incidents where id = $1 for update`, [
    id,
  ]);
  return rows[0] ?? null;
}

export async function lockOpenOf(sql: Sql, group: string): Promise<IncidentRow | null> {
  const { rows } = await sql.query<IncidentRow>(
    `select ${columns} from incidents where group_key = $1 and state = any ($2) for update`,
    [group, openStates],
  );
  return rows[0] ?? null;
}

const changeable = {
  level: "level",
  state: "state",
  runbook: "runbook",
  startedAt: "started_at",
  acknowledgedAt: "acknowledged_at",
  acknowledgedById: "acknowledged_by_id",
  acknowledgedBy: "acknowledged_by",
  planStartedAt: "plan_started_at",
  thirdPartyEngagedAt: "third_party_engaged_at",
  mitigatedAt: "mitigated_at",
  healedAt: "healed_at",
  resolvedAt: "resolved_at",
  reviewedAt: "reviewed_at",
  endedBy: "ended_by",
  mergedInto: "merged_into",
  frozenAt: "frozen_at",
} as const satisfies Partial<Record<keyof IncidentRow, string>>;

export type IncidentChange = Partial<Pick<IncidentRow, keyof typeof changeable>>;

/** Writes a change of an incident that the caller has locked; an empty one makes its view newer. */
export async function change(sql: Sql, id: string, given: IncidentChange, now: Date): Promise<IncidentRow> {
  const names = (Object.keys(given) as (keyof typeof changeable)[]).filter((name) => name in changeable);
  const sets = names.map((name, index) => `${changeable[name]} = $${index + 3}, `).join("");
  const { rows } = await sql.query<IncidentRow>(
    `update incidents set ${sets}revision = revision + 1, changed_at = $2 where id = $1 returning ${columns}`,
    [id, now, ...names.map((name) => given[name])],
  );
  const [row] = rows;
  if (!row) throw new Error("an incident that was locked is gone");
  return row;
}

export interface ListFilter {
  states: readonly IncidentState[] | null;
  level: AlertLevel | null;
  rule: string | null;
  before: string | null;
  limit: number;
}

/** Newest first. */
export async function list(sql: Sql, filter: ListFilter): Promise<IncidentRow[]> {
  const { rows } = await sql.query<IncidentRow>(
    `select ${columns} from incidents
      where ($1::text[] is null or state = any ($1)) and ($2::int is null or level = $2) and ($3::text is null or rule = $3)
        and ($4::uuid is null or id < $4)
      order by id desc limit $5`,
    [filter.states, filter.level, filter.rule, filter.before, filter.limit],
  );
  return rows;
}

/** Changed since, those that changed first before others. */
export async function listChanged(sql: Sql, since: Date, limit: number): Promise<IncidentRow[]> {
  const { rows } = await sql.query<IncidentRow>(
    `select ${columns} from incidents where changed_at >= $1 order by changed_at, id limit $2`,
    [since, limit],
  );
  return rows;
}

/** Past ones of the same rule, those with the same labels first. */
export async function listSimilar(sql: Sql, incident: IncidentRow, limit: number): Promise<IncidentRow[]> {
  if (incident.rule === null) return [];
  const { rows } = await sql.query<IncidentRow>(
    `select ${columns} from incidents
      where rule = $1 and id <> $2 and state in ('resolved', 'reviewed')
      order by (labels = $3::jsonb) desc, id desc limit $4`,
    [incident.rule, incident.id, JSON.stringify(incident.labels), limit],
  );
  return rows;
}

export async function joinAlert(
  sql: Sql,
  join: { alertId: string; incidentId: string; now: Date },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into incident_alerts (alert_id, incident_id, joined_at) values ($1, $2, $3) on conflict do nothing`,
    [join.alertId, join.incidentId, join.now],
  );
  return rowCount === 1;
}

export async function incidentOfAlert(sql: Sql, alertId: string): Promise<string | null> {
  const { rows } = await sql.query<{ id: string }>(
    "select incident_id as id from incident_alerts where alert_id = $1",
    [alertId],
  );
  return rows[0]?.id ?? null;
}

/** Ends an alert; how many of its incident still fire. Null when it had ended before. */
export async function endAlert(
  sql: Sql,
  alert: { alertId: string; incidentId: string; at: Date },
): Promise<number | null> {
  const { rowCount } = await sql.query(
    "update incident_alerts set ended_at = $2 where alert_id = $1 and ended_at is null",
    [alert.alertId, alert.at],
  );
  if (rowCount === 0) return null;
  return await countFiring(sql, alert.incidentId);
}

export async function countFiring(sql: Sql, incidentId: string): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    "select count(*)::int as n from incident_alerts where incident_id = $1 and ended_at is null",
    [incidentId],
  );
  return rows[0]?.n ?? 0;
}

export interface EventRow {
  id: string;
  at: Date;
  type: string;
  byId: string | null;
  byName: string | null;
  text: Words | string | null;
  facts: Facts;
  links: TimelineLink[];
  corrects: string | null;
}

export async function appendEvent(sql: Sql, incidentId: string, event: EventRow): Promise<void> {
  await sql.query(
    `insert into incident_events (id, incident_id, at, type, by_id, by_name, text, facts, links, corrects)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      ...[event.id, incidentId, event.at, event.type, event.byId, event.byName],
      event.text === null ? null : JSON.stringify(event.text),
      ...[JSON.stringify(event.facts), JSON.stringify(event.links), event.corrects],
    ],
  );
}

export async function listEvents(sql: Sql, incidentId: string): Promise<EventRow[]> {
  const { rows } = await sql.query<EventRow>(
    `select id, at, type, by_id as "byId", by_name as "byName", text, facts, links, corrects
      from incident_events where incident_id = $1 order by at, id`,
    [incidentId],
  );
  return rows;
}

export async function hasEvent(sql: Sql, incidentId: string, id: string): Promise<boolean> {
  const { rowCount } = await sql.query("select from incident_events where incident_id = $1 and id = $2", [
    incidentId,
    id,
  ]);
  return rowCount === 1;
}

/** Open incidents that are due for a look at their orders or their healing, those that were looked at first. */
export async function listToLookAt(sql: Sql, scannedBefore: Date, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from incidents where state = any ($1) and (scanned_to < $2 or healed_at is not null)
      order by healed_at nulls last, scanned_to limit $3`,
    [openStates, scannedBefore, limit],
  );
  return rows.map(({ id }) => id);
}

export interface RoleRow {
  incidentId: string;
  role: IncidentRole;
  staffId: string;
  name: string;
  since: Date;
  until: Date | null;
}

export async function listRoles(sql: Sql, incidentIds: readonly string[]): Promise<RoleRow[]> {
  const { rows } = await sql.query<RoleRow>(
    `select incident_id as "incidentId", role, staff_id as "staffId", name, since, until
      from incident_roles where incident_id = any ($1::uuid[]) order by since, id`,
    [incidentIds],
  );
  return rows;
}

/** Ends whoever has the role; their name, or null when nobody had it. */
export async function endRole(
  sql: Sql,
  incidentId: string,
  role: IncidentRole,
  now: Date,
): Promise<{ staffId: string; name: string } | null> {
  const { rows } = await sql.query<{ staffId: string; name: string }>(
    `update incident_roles set until = $3 where incident_id = $1 and role = $2 and until is null
      returning staff_id as "staffId", name`,
    [incidentId, role, now],
  );
  return rows[0] ?? null;
}

export async function beginRole(
  sql: Sql,
  term: { id: string; incidentId: string; role: IncidentRole; staffId: string; now: Date },
): Promise<string | null> {
  const { rows } = await sql.query<{ name: string }>(
    `insert into incident_roles (id, incident_id, role, staff_id, name, since)
      select $1, $2, $3, s.id, s.name, $5 from staff s where s.id = $4 returning name`,
    [term.id, term.incidentId, term.role, term.staffId, term.now],
  );
  return rows[0]?.name ?? null;
}

export async function countAlerts(
  sql: Sql,
  incidentIds: readonly string[],
): Promise<Map<string, { total: number; firing: number }>> {
  const { rows } = await sql.query<{ id: string; total: number; firing: number }>(
    `select incident_id as id, count(*)::int as total, (count(*) filter (where ended_at is null))::int as firing
      from incident_alerts where incident_id = any ($1::uuid[]) group by 1`,
    [incidentIds],
  );
  return new Map(rows.map(({ id, total, firing }) => [id, { total, firing }]));
}

/** Alerts and orders of a duplicate, which are now the other's. */
export async function moveInto(sql: Sql, from: string, into: string): Promise<void> {
  await sql.query("update incident_alerts set incident_id = $2 where incident_id = $1", [from, into]);
  await sql.query(
    `insert into incident_orders (incident_id, order_id, added_at, waived_at, waived_by_id, waived_by, waived_reason)
      select $2, order_id, added_at, waived_at, waived_by_id, waived_by, waived_reason from incident_orders
      where incident_id = $1 on conflict do nothing`,
    [from, into],
  );
}

const openWhere = "state in ('detected', 'acknowledged', 'mitigating', 'monitoring')";

export async function countOpen(sql: Sql): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `select count(*)::int as n from incidents where ${openWhere}`,
  );
  return rows[0]?.n ?? 0;
}

/** Those of these incidents that are open. */
export async function openAmong(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from incidents where id = any($1) and ${openWhere}`,
    [ids],
  );
  return rows.map(({ id }) => id);
}
