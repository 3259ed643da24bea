import type { TicketClockKind } from "@orderwatch/shared/ops/tickets.ts";
import type { Sql } from "../../platform/db.ts";
import type { Interval, TicketDeadline } from "./clocks-domain.ts";

/** A ticket's history, oldest first. */
export async function listIntervals(sql: Sql, ticketId: string): Promise<Interval[]> {
  const { rows } = await sql.query<Interval>(
    "select since, until, state, unanswered from ticket_intervals where ticket_id = $1 order by seq",
    [ticketId],
  );
  return rows;
}

/** Ends the current interval, if there is one, and begins another. */
export async function beginInterval(
  sql: Sql,
  ticketId: string,
  next: Omit<Interval, "until">,
): Promise<void> {
  await sql.query("update ticket_intervals set until = $2 where ticket_id = $1 and until is null", [
    ticketId,
    next.since,
  ]);
  await sql.query(
    `insert into ticket_intervals (ticket_id, seq, since, state, unanswered)
      select $1, coalesce(max(seq), 0) + 1, $2, $3, $4 from ticket_intervals where ticket_id = $1`,
    [ticketId, next.since, next.state, next.unanswered],
  );
}

/** Replaces the history, when two tickets become one. */
export async function replaceIntervals(
  sql: Sql,
  ticketId: string,
  intervals: readonly Interval[],
): Promise<void> {
  await sql.query("delete from ticket_intervals where ticket_id = $1", [ticketId]);
  await sql.query(
    `insert into ticket_intervals (ticket_id, seq, since, until, state, unanswered)
      select $1, seq, since, until, state, unanswered
      from unnest($2::timestamptz[], $3::timestamptz[], $4::text[], $5::bool[])
        with ordinality as i (since, until, state, unanswered, seq)`,
    [
      ticketId,
      intervals.map(({ since }) => since),
      intervals.map(({ until }) => until),
      intervals.map(({ state }) => state),
      intervals.map(({ unanswered }) => unanswered),
    ],
  );
}

/**
 * Writes deadlines as they are now. That one was missed stays, except of a next response, which is another one each time
 * that the buyer waits anew.
 */
export async function setDeadlines(
  sql: Sql,
  ticketId: string,
  deadlines: readonly TicketDeadline[],
): Promise<void> {
  if (deadlines.length === 0) return;
  await sql.query(
    `insert into ticket_clocks as c (ticket_id, kind, due_at, left_ms, met_at)
      select $1, kind, due_at, left_ms, met_at
      from unnest($2::text[], $3::timestamptz[], $4::bigint[], $5::timestamptz[]) as d (kind, due_at, left_ms, met_at)
      on conflict (ticket_id, kind) do update set due_at = excluded.due_at, left_ms = excluded.left_ms,
        met_at = excluded.met_at, missed_at = case
          when c.kind = 'next_response' and c.met_at is not null and excluded.met_at is null then null
          else c.missed_at end`,
    [
      ticketId,
      deadlines.map(({ kind }) => kind),
      deadlines.map(({ dueAt }) => dueAt),
      deadlines.map(({ leftMs }) => leftMs),
      deadlines.map(({ metAt }) => metAt),
    ],
  );
}

export interface ClockRecord {
  ticketId: string;
  kind: TicketClockKind;
  dueAt: Date | null;
  leftMs: number | null;
  metAt: Date | null;
  missedAt: Date | null;
}

export async function listClocks(sql: Sql, ticketIds: readonly string[]): Promise<ClockRecord[]> {
  const { rows } = await sql.query<ClockRecord>(
    `select ticket_id as "ticketId", kind, due_at as "dueAt", left_ms::float8 as "leftMs", met_at as "metAt",
        missed_at as "missedAt"
      from ticket_clocks where ticket_id = any ($1::uuid[])`,
    [ticketIds],
  );
  return rows;
}

/** Marks what has passed unmet; each deadline once. */
export async function markMissed(
  sql: Sql,
  ticketId: string,
  now: Date,
): Promise<{ kind: TicketClockKind; dueAt: Date }[]> {
  const { rows } = await sql.query<{ kind: TicketClockKind; dueAt: Date }>(
    `update ticket_clocks set missed_at = $2
      where ticket_id = $1 and due_at <= $2 and met_at is null and missed_at is null
      returning kind, due_at as "dueAt"`,
    [ticketId, now],
  );
  return rows;
}

/** Tickets with a deadline that has passed and that nobody has said so of, those due first before others. */
export async function listOverdue(sql: Sql, now: Date, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select ticket_id as id from ticket_clocks
      where due_at <= $1 and met_at is null and missed_at is null order by due_at limit $2`,
    [now, limit],
  );
  return [...new Set(rows.map(({ id }) => id))];
}
