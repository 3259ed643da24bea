import type { callOutcomes, handoffStates, TicketCall, TicketTeam } from "@orderwatch/shared/ops/tickets.ts";
import type { Sql } from "../../platform/db.ts";

export interface HandoffRecord {
  id: string;
  ticketId: string;
  fromTeam: TicketTeam;
  toTeam: TicketTeam;
  state: (typeof handoffStates)[number];
  note: Buffer;
  offeredById: string;
  offeredBy: string;
  offeredAt: Date;
  dueAt: Date;
  answeredById: string | null;
  answeredBy: string | null;
  answeredAt: Date | null;
  reason: Buffer | null;
}

const handoffColumns = `id, ticket_id as "ticketId", from_team as "fromTeam", to_team as "toTeam", state, note,
  offered_by_id as "offeredById", offered_by as "offeredBy", offered_at as "offeredAt", due_at as "dueAt",
  answered_by_id as "answeredById", answered_by as "answeredBy", answered_at as "answeredAt", reason`;

/** Newest first; all of them, or those that wait for an answer. */
export async function listHandoffs(
  sql: Sql,
  ticketIds: readonly string[],
  only: "all" | "offered",
): Promise<HandoffRecord[]> {
  const { rows } = await sql.query<HandoffRecord>(
    `select ${handoffColumns} from ticket_handoffs where ticket_id = any ($1::uuid[])
      ${only === "offered" ? "and state = 'offered'" : ""} order by id desc`,
    [ticketIds],
  );
  return rows;
}

export interface CallRecord {
  id: string;
  state: TicketCall["state"];
  phone: Buffer | null;
  bestFrom: Date | null;
  bestTo: Date | null;
  nextAt: Date | null;
  note: Buffer | null;
  createdAt: Date;
}

export async function listCalls(sql: Sql, ticketId: string): Promise<CallRecord[]> {
  const { rows } = await sql.query<CallRecord>(
    `select id, state, phone, best_from as "bestFrom", best_to as "bestTo", next_at as "nextAt", note,
        created_at as "createdAt"
      from ticket_calls where ticket_id = $1 order by id`,
    [ticketId],
  );
  return rows;
}

export interface CallAttemptRecord {
  id: string;
  callId: string;
  at: Date;
  byId: string;
  byName: string;
  outcome: (typeof callOutcomes)[number];
  note: Buffer | null;
}

export async function listCallAttempts(sql: Sql, callIds: readonly string[]): Promise<CallAttemptRecord[]> {
  const { rows } = await sql.query<CallAttemptRecord>(
    `select id, call_id as "callId", at, by_id as "byId", by_name as "byName", outcome, note
      from ticket_call_attempts where call_id = any ($1::uuid[]) order by id`,
    [callIds],
  );
  return rows;
}

export interface LinkedIncident {
  id: string;
  number: number;
  level: 1 | 2 | 3;
  state: string;
  title: { "zh-CN": string; en: string };
}

export async function readIncidents(sql: Sql, ids: readonly string[]): Promise<LinkedIncident[]> {
  const { rows } = await sql.query<LinkedIncident>(
    "select id, number::float8 as number, level, state, title from incidents where id = any ($1::uuid[])",
    [ids],
  );
  return rows;
}
