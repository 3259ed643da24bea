import { type Permission, permissions } from "@orderwatch/shared/ops/roles.ts";
import type { Sql } from "../../platform/db.ts";
import { busyStates, ownableStates } from "./domain.ts";

/** What somebody has who set nothing: enough to work with, few enough to be finished. */
export const defaultCapacity = 20;

export interface AgentRecord {
  id: string;
  name: string;
  capacity: number;
  load: number;
  skills: string[];
  outFrom: Date | null;
  outUntil: Date | null;
}

const rolesThatMay = (permission: Permission): readonly string[] => permissions[permission];
const workers = [...new Set([...rolesThatMay("tickets.act"), ...rolesThatMay("tickets.engineer")])];

/** Anybody on the staff whose role may act on tickets; null for anyone else. */
export async function readWorker(sql: Sql, id: string): Promise<{ id: string; name: string } | null> {
  const { rows } = await sql.query<{ id: string; name: string }>(
    "select id, name from staff where id = $1 and role = any ($2)",
    [id, workers],
  );
  return rows[0] ?? null;
}

/**
 * Somebody's row, locked: whoever gives this person a ticket waits for others who do, so that no two of them use the last
 * place. To be locked before any ticket.
 */
export async function lockAgent(sql: Sql, userId: string, now: Date): Promise<Omit<AgentRecord, "name">> {
  await sql.query(
    `insert into ticket_agents (user_id, capacity, changed_at) values ($1, $2, $3) on conflict do nothing`,
    [userId, defaultCapacity, now],
  );
  // Locked by a statement of its own: one that counted too would count as of before it had to wait.
  await sql.query("select from ticket_agents where user_id = $1 for update", [userId]);
  const { rows } = await sql.query<Omit<AgentRecord, "name">>(
    `select user_id as id, capacity, skills, out_from as "outFrom", out_until as "outUntil",
        (select count(*)::int from tickets where assignee_id = $1 and state = any ($2)) as load
      from ticket_agents where user_id = $1`,
    [userId, busyStates],
  );
  const [agent] = rows;
  if (!agent) throw new Error("an agent that was locked is gone");
  return agent;
}

/** Those who get tickets without asking, locked in the order of their ids. */
export async function lockReceivers(sql: Sql): Promise<AgentRecord[]> {
  const locked = await sql.query<{ id: string }>(
    "select user_id as id from ticket_agents where auto_assign order by user_id for update",
  );
  if (locked.rows.length === 0) return [];
  const { rows } = await sql.query<AgentRecord>(
    `select s.id, s.name, a.capacity, a.skills, a.out_from as "outFrom", a.out_until as "outUntil",
        (select count(*)::int from tickets t where t.assignee_id = s.id and t.state = any ($2)) as load
      from ticket_agents a join staff s on s.id = a.user_id
      where a.user_id = any ($1) and a.auto_assign and s.role = any ($3)`,
    [locked.rows.map(({ id }) => id), busyStates, rolesThatMay("tickets.act")],
  );
  return rows;
}

export interface WaitingTicket {
  id: string;
  skills: string[];
}

/** Tickets of support that nobody has and that ask for no skill but these, in the queue's order; what others have locked is passed by. */
export async function lockWaiting(
  sql: Sql,
  skills: readonly string[],
  limit: number,
): Promise<WaitingTicket[]> {
  const { rows } = await sql.query<WaitingTicket>(
    `select id, skills from tickets
      where state in ('new', 'open') and assignee_id is null and team = 'support' and skills <@ $1::text[]
      order by priority, id limit $2 for update skip locked`,
    [skills, limit],
  );
  return rows;
}

/** Whether anybody who receives tickets may be free: looked at before anything is locked. */
export async function hasWaiting(sql: Sql): Promise<boolean> {
  const { rows } = await sql.query<{ has: boolean }>(
    `select exists (select from tickets where state in ('new', 'open') and assignee_id is null and team = 'support')
      and exists (select from ticket_agents where auto_assign) as has`,
  );
  return rows[0]?.has === true;
}

const abandoned = `from tickets t
    left join staff s on s.id = t.assignee_id left join ticket_agents a on a.user_id = t.assignee_id
  where t.state = any ($2) and t.assignee_id is not null and (
    s.id is null or not s.role = any ($3)
    or ((a.out_from is not null or a.out_until is not null)
      and coalesce(a.out_from <= $1, true) and coalesce($1 < a.out_until, true)))`;

/** Tickets that wait for us and whose owner is out of office, or no longer works on tickets at all. */
export async function listAbandoned(sql: Sql, now: Date, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select t.id ${abandoned} order by t.priority, t.id limit $4`,
    [now, ownableStates, workers, limit],
  );
  return rows.map(({ id }) => id);
}

export async function isAbandoned(sql: Sql, id: string, now: Date): Promise<boolean> {
  const { rowCount } = await sql.query(`select ${abandoned} and t.id = $4`, [
    now,
    ownableStates,
    workers,
    id,
  ]);
  return rowCount === 1;
}
