import type { Sql } from "../../platform/db.ts";

/** Resolved tickets whose buyer has said nothing for as long as their policy waits. */
export async function listToClose(sql: Sql, now: Date, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from tickets where state = 'resolved'
        and resolved_at <= $1::timestamptz - make_interval(days => 1)
        and resolved_at <= $1::timestamptz - make_interval(days => (policy ->> 'closeAfterDays')::int)
      order by resolved_at limit $2`,
    [now, limit],
  );
  return rows.map(({ id }) => id);
}

/**
 * Marks tickets that nobody has although their first response is overdue, each once until somebody has had it; of buyers
 * alone. How many, and the oldest of them.
 */
export async function markUnowned(
  sql: Sql,
  now: Date,
): Promise<{ count: number; oldest: { id: string; number: number } | null }> {
  const { rows } = await sql.query<{ id: string; number: number }>(
    `update tickets t set unowned_paged_at = $1
      where t.state in ('new', 'open') and t.assignee_id is null and t.unowned_paged_at is null and t.origin = 'buyer'
        and exists (select from ticket_clocks c where c.ticket_id = t.id and c.missed_at is not null
          and c.met_at is null)
      returning t.id, t.number::float8 as number`,
    [now],
  );
  const oldest = rows.reduce<{ id: string; number: number } | null>(
    (first, row) => (first === null || row.number < first.number ? row : first),
    null,
  );
  return { count: rows.length, oldest };
}
