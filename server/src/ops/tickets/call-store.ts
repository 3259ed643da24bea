import type { Sql } from "../../platform/db.ts";
import type { CallOutcome } from "./call-domain.ts";

export interface CallRecord {
  id: string;
  ticketId: string;
  state: "open" | "done" | "cancelled";
  phone: Buffer | null;
  bestFrom: Date | null;
  bestTo: Date | null;
  nextAt: Date | null;
  createdAt: Date;
}

const columns = `c.id, c.ticket_id as "ticketId", c.state, c.phone, c.best_from as "bestFrom", c.best_to as "bestTo",
  c.next_at as "nextAt", c.created_at as "createdAt"`;

export async function insertCall(
  sql: Sql,
  call: Omit<CallRecord, "state"> & { wishId: string | null },
): Promise<void> {
  await sql.query(
    `insert into ticket_calls (id, ticket_id, wish_id, state, phone, best_from, best_to, next_at, created_at)
      values ($1, $2, $3, 'open', $4, $5, $6, $7, $8)`,
    [
      ...[call.id, call.ticketId, call.wishId, call.phone],
      ...[call.bestFrom, call.bestTo, call.nextAt, call.createdAt],
    ],
  );
}

/** One call of a ticket that is still to be made, with the number of tries that reached nobody. */
export async function lockOpenCall(
  sql: Sql,
  ticketId: string,
  id: string,
): Promise<(CallRecord & { tries: number }) | null> {
  const { rows } = await sql.query<CallRecord & { tries: number }>(
    `select ${columns}, (select count(*)::int from ticket_call_attempts a
        where a.call_id = c.id and a.outcome in ('no_answer', 'busy')) as tries
      from ticket_calls c where c.id = $1 and c.ticket_id = $2 and c.state = 'open' for update`,
    [id, ticketId],
  );
  return rows[0] ?? null;
}

export async function appendAttempt(
  sql: Sql,
  attempt: {
    id: string;
    callId: string;
    at: Date;
    byId: string;
    byName: string;
    outcome: CallOutcome;
    note: Buffer | null;
  },
): Promise<void> {
  await sql.query(
    `insert into ticket_call_attempts (id, call_id, at, by_id, by_name, outcome, note) values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      ...[attempt.id, attempt.callId, attempt.at, attempt.byId, attempt.byName, attempt.outcome],
      attempt.note,
    ],
  );
}

export async function changeCall(
  sql: Sql,
  id: string,
  change: { state: CallRecord["state"]; nextAt: Date | null; endedAt: Date | null },
): Promise<void> {
  await sql.query("update ticket_calls set state = $2, next_at = $3, ended_at = $4 where id = $1", [
    id,
    change.state,
    change.nextAt,
    change.endedAt,
  ]);
}

/** Calls that wait, of tickets that have not ended: by the time of their next try, then by age. */
export async function listOpenCalls(
  sql: Sql,
  after: { nextAt: Date; id: string } | null,
  limit: number,
): Promise<{ id: string; ticketId: string; at: Date }[]> {
  const { rows } = await sql.query<{ id: string; ticketId: string; at: Date }>(
    `select c.id, c.ticket_id as "ticketId", coalesce(c.next_at, c.created_at) as at
      from ticket_calls c join tickets t on t.id = c.ticket_id
      where c.state = 'open' and t.state not in ('resolved', 'closed')
        and ($1::timestamptz is null or (coalesce(c.next_at, c.created_at), c.id) > ($1, $2::uuid))
      order by coalesce(c.next_at, c.created_at), c.id limit $3`,
    [after?.nextAt ?? null, after?.id ?? null, limit],
  );
  return rows;
}

/** Phones of a ticket's calls, sealed. */
export async function listCallPhones(sql: Sql, ticketId: string): Promise<{ id: string; phone: Buffer }[]> {
  const { rows } = await sql.query<{ id: string; phone: Buffer }>(
    "select id, phone from ticket_calls where ticket_id = $1 and phone is not null order by id",
    [ticketId],
  );
  return rows;
}

/** Calls of a ticket that was merged are made for the one that it went into. */
export async function moveOpenCalls(sql: Sql, from: string, to: string): Promise<void> {
  await sql.query("update ticket_calls set ticket_id = $2 where ticket_id = $1 and state = 'open'", [
    from,
    to,
  ]);
}
