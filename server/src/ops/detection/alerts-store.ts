import type { Alert, Suppression } from "@orderwatch/shared/ops/detection.ts";
import type { Sql } from "../../platform/db.ts";

/** An alert as the database has it. */
export type AlertRow = Omit<Alert, "conditionSince" | "firedAt" | "lastTrueAt" | "resolvedAt"> & {
  conditionSince: Date;
  firedAt: Date;
  lastTrueAt: Date;
  resolvedAt: Date | null;
  endsAt: Date | null;
};

const columns = `id, key, rule, rule_version as "ruleVersion", level, labels, title, facts, runbook, state, source,
  condition_since as "conditionSince", fired_at as "firedAt", last_true_at as "lastTrueAt",
  resolved_at as "resolvedAt", incident_id as "incidentId", suppressed_by as "suppressedBy", ends_at as "endsAt"`;

/** Opens an alert; false when one of its key fires already, and nothing is written then. */
export async function openAlert(sql: Sql, row: AlertRow): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: "open-alert",
    text: `insert into alerts (id, key, rule, rule_version, level, labels, title, facts, runbook, state, source,
        condition_since, fired_at, last_true_at, suppressed_by, ends_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'firing', $10, $11, $12, $13, $14, $15)
      on conflict do nothing`,
    values: [
      ...[row.id, row.key, row.rule, row.ruleVersion, row.level, JSON.stringify(row.labels)],
      ...[JSON.stringify(row.title), JSON.stringify(row.facts), row.runbook, row.source],
      ...[row.conditionSince, row.firedAt, row.lastTrueAt],
      ...[row.suppressedBy && JSON.stringify(row.suppressedBy), row.endsAt],
    ],
  });
  return rowCount === 1;
}

export async function setIncident(sql: Sql, id: string, incidentId: string): Promise<void> {
  await sql.query("update alerts set incident_id = $2 where id = $1", [id, incidentId]);
}

/** Says what holds a held alert back now, or that nothing does any more; undefined when it is not one that is held. */
export async function holdAlert(
  sql: Sql,
  key: string,
  heldBy: Suppression | null,
): Promise<AlertRow | undefined> {
  const { rows } = await sql.query<AlertRow>(
    `update alerts set suppressed_by = $2
     where key = $1 and state = 'firing' and suppressed_by is not null returning ${columns}`,
    [key, heldBy && JSON.stringify(heldBy)],
  );
  return rows[0];
}

/** Ends the alert of a key that fires; undefined when there is none. */
export async function closeAlert(sql: Sql, key: string, at: Date): Promise<AlertRow | undefined> {
  const { rows } = await sql.query<AlertRow>(
    `update alerts set state = 'resolved', resolved_at = greatest($2, fired_at)
     where key = $1 and state = 'firing' returning ${columns}`,
    [key, at],
  );
  return rows[0];
}

/** What was seen of alerts that still fire. */
export async function renewAlerts(
  sql: Sql,
  seen: readonly { key: string; facts: Alert["facts"]; lastTrueAt: Date }[],
): Promise<void> {
  await sql.query({
    name: "renew-alerts",
    text: `update alerts set facts = seen.facts, last_true_at = seen.at
      from unnest($1::text[], $2::jsonb[], $3::timestamptz[]) seen(key, facts, at)
      where alerts.key = seen.key and state = 'firing'`,
    values: [
      seen.map(({ key }) => key),
      seen.map(({ facts }) => JSON.stringify(facts)),
      seen.map(({ lastTrueAt }) => lastTrueAt),
    ],
  });
}

/** Another system speaks again of an alert that fires; false when none of this key does. */
export async function heardAgain(
  sql: Sql,
  row: Pick<AlertRow, "key" | "facts" | "lastTrueAt" | "endsAt">,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update alerts set facts = $2, last_true_at = $3, ends_at = $4 where key = $1 and state = 'firing'`,
    [row.key, JSON.stringify(row.facts), row.lastTrueAt, row.endsAt],
  );
  return rowCount === 1;
}

/** All alerts of our own rules that fire. */
export async function listFiring(sql: Sql): Promise<AlertRow[]> {
  const { rows } = await sql.query<AlertRow>(
    `select ${columns} from alerts where state = 'firing' and source = 'rule'`,
  );
  return rows;
}

/** Alerts of others that are over, and those that are held back, which may have to be raised. */
export async function listSentDue(sql: Sql, now: Date, limit: number): Promise<AlertRow[]> {
  const { rows } = await sql.query<AlertRow>({
    name: "list-sent-due",
    text: `select ${columns} from alerts
      where state = 'firing' and ends_at is not null and (ends_at <= $1 or suppressed_by is not null)
      order by ends_at limit $2`,
    values: [now, limit],
  });
  return rows;
}

export async function countFiring(sql: Sql): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ rule: string; n: number }>(
    `select rule, count(*)::int as n from alerts where state = 'firing' group by rule`,
  );
  return new Map(rows.map(({ rule, n }) => [rule, n]));
}

/** How often a rule fired since a time. */
export async function countFired(sql: Sql, rule: string, since: Date): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    "select count(*)::int as n from alerts where rule = $1 and fired_at >= $2",
    [rule, since],
  );
  return rows[0]?.n ?? 0;
}

/** Newest first, from before an id. */
export async function listAlerts(
  sql: Sql,
  filter: { state?: string | undefined; rule?: string | undefined; before: string | null; limit: number },
): Promise<AlertRow[]> {
  const { rows } = await sql.query<AlertRow>(
    `select ${columns} from alerts
     where ($1::text is null or state = $1) and ($2::text is null or rule = $2) and ($3::uuid is null or id < $3)
     order by id desc limit $4`,
    [filter.state ?? null, filter.rule ?? null, filter.before, filter.limit],
  );
  return rows;
}
