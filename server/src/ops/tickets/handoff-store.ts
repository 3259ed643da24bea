import { permissions } from "@orderwatch/shared/ops/roles.ts";
import type { TicketTeam } from "@orderwatch/shared/ops/tickets.ts";
import type { Sql } from "../../platform/db.ts";
import type { HandoffEnd } from "./handoff-domain.ts";

export interface HandoffRecord {
  id: string;
  ticketId: string;
  fromTeam: TicketTeam;
  toTeam: TicketTeam;
  offeredById: string;
  offeredBy: string;
  dueAt: Date;
}

const columns = `id, ticket_id as "ticketId", from_team as "fromTeam", to_team as "toTeam", offered_by_id as "offeredById",
  offered_by as "offeredBy", due_at as "dueAt"`;

/** Null when the ticket is offered already. */
export async function insertHandoff(
  sql: Sql,
  handoff: HandoffRecord & { note: Buffer; offeredAt: Date },
): Promise<HandoffRecord | null> {
  const { rows } = await sql.query<HandoffRecord>(
    `insert into ticket_handoffs (id, ticket_id, from_team, to_team, state, note, offered_by_id, offered_by, offered_at, due_at)
      values ($1, $2, $3, $4, 'offered', $5, $6, $7, $8, $9)
      on conflict (ticket_id) where state = 'offered' do nothing returning ${columns}`,
    [
      ...[handoff.id, handoff.ticketId, handoff.fromTeam, handoff.toTeam, handoff.note],
      ...[handoff.offeredById, handoff.offeredBy, handoff.offeredAt, handoff.dueAt],
    ],
  );
  return rows[0] ?? null;
}

/** The offer that waits for an answer. */
export async function readOffered(sql: Sql, ticketId: string): Promise<HandoffRecord | null> {
  const { rows } = await sql.query<HandoffRecord>(
    `select ${columns} from ticket_handoffs where ticket_id = $1 and state = 'offered'`,
    [ticketId],
  );
  return rows[0] ?? null;
}

/** False when it was answered meanwhile. */
export async function endHandoff(
  sql: Sql,
  id: string,
  end: { state: HandoffEnd; at: Date; byId: string | null; byName: string | null; reason: Buffer | null },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update ticket_handoffs set state = $2, answered_at = $3, answered_by_id = $4, answered_by = $5, reason = $6
      where id = $1 and state = 'offered'`,
    [id, end.state, end.at, end.byId, end.byName, end.reason],
  );
  return rowCount === 1;
}

/** Tickets with an offer that nobody answered in time, or that stands on a ticket that has ended. */
export async function listLapsed(sql: Sql, now: Date, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select h.ticket_id as id from ticket_handoffs h join tickets t on t.id = h.ticket_id
      where h.state = 'offered' and (h.due_at <= $1 or t.state in ('resolved', 'closed')) order by h.due_at limit $2`,
    [now, limit],
  );
  return rows.map(({ id }) => id);
}

const engineers: readonly string[] = permissions["tickets.engineer"];

const stranded = `from tickets t
    left join staff s on s.id = t.assignee_id left join ticket_agents a on a.user_id = t.assignee_id
  where t.state = 'waiting_engineering'
    and not exists (select from ticket_handoffs h where h.ticket_id = t.id and h.state = 'offered')
    and (t.team = 'support' or s.id is null or not s.role = any ($2)
      or ((a.out_from is not null or a.out_until is not null)
        and coalesce(a.out_from <= $1, true) and coalesce($1 < a.out_until, true)))`;

/** What was engineering's, was opened again or given back, and has nobody: support's queue would pass it by. */
const orphaned = `from tickets t where t.state in ('new', 'open') and t.team = 'engineering' and t.assignee_id is null
  and not exists (select from ticket_handoffs h where h.ticket_id = t.id and h.state = 'offered')`;

/** Tickets that wait for engineering while no engineer who is there has them and none is asked. */
export async function listStranded(sql: Sql, now: Date, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `(select t.id ${stranded} limit $3) union all (select t.id ${orphaned} limit $3)`,
    [now, engineers, limit],
  );
  return rows.map(({ id }) => id);
}

export async function isStranded(sql: Sql, id: string, now: Date): Promise<boolean> {
  const { rowCount } = await sql.query(
    `select t.id ${stranded} and t.id = $3 union all select t.id ${orphaned} and t.id = $3`,
    [now, engineers, id],
  );
  return rowCount === 1;
}
