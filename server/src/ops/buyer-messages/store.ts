import type { IncidentState } from "@orderwatch/shared/ops/incidents.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

export interface MessageRow {
  id: string;
  incidentId: string;
  kind: "trouble" | "all_clear";
  state: "proposed" | "sent" | "withdrawn";
  title: Words;
  text: Words;
  needsApproval: boolean;
  authorId: string | null;
  author: string | null;
  deciderId: string | null;
  decider: string | null;
  reason: string | null;
  proposedAt: Date;
  sentAt: Date | null;
  toldOrders: number;
  settledAt: Date | null;
}

const columns = `id, incident_id as "incidentId", kind, state, title, text, needs_approval as "needsApproval",
  author_id as "authorId", author, decider_id as "deciderId", decider, reason, proposed_at as "proposedAt",
  sent_at as "sentAt", told_orders as "toldOrders", settled_at as "settledAt"`;

/** Newest first. */
export async function listOf(sql: Sql, incidentId: string): Promise<MessageRow[]> {
  const { rows } = await sql.query<MessageRow>(
    `select ${columns} from buyer_messages where incident_id = $1 order by id desc`,
    [incidentId],
  );
  return rows;
}

export async function read(sql: Sql, incidentId: string, id: string): Promise<MessageRow | null> {
  const { rows } = await sql.query<MessageRow>(
    `select ${columns} from buyer_messages where incident_id = $1 and id = $2`,
    [incidentId, id],
  );
  return rows[0] ?? null;
}

/** False where the incident has such a message already; the very same row again is true. */
export async function add(sql: Sql, row: MessageRow): Promise<boolean> {
  await sql.query(
    `insert into buyer_messages (id, incident_id, kind, state, title, text, needs_approval, author_id, author,
        decider_id, decider, reason, proposed_at, sent_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict do nothing`,
    [
      ...[row.id, row.incidentId, row.kind, row.state, row.title, row.text, row.needsApproval],
      ...[row.authorId, row.author, row.deciderId, row.decider, row.reason, row.proposedAt, row.sentAt],
    ],
  );
  return (await read(sql, row.incidentId, row.id)) !== null;
}

/** Ends the wait of a proposed message; null when somebody else has. */
export async function decide(
  sql: Sql,
  id: string,
  decision: {
    state: "sent" | "withdrawn";
    by: { id: string; name: string } | null;
    reason: string | null;
    at: Date;
  },
): Promise<MessageRow | null> {
  const { rows } = await sql.query<MessageRow>(
    `update buyer_messages set state = $2, decider_id = $3, decider = $4, reason = $5,
        sent_at = case when $2 = 'sent' then $6::timestamptz end,
        settled_at = case when $2 = 'withdrawn' then $6::timestamptz end
      where id = $1 and state = 'proposed' returning ${columns}`,
    [id, decision.state, decision.by?.id ?? null, decision.by?.name ?? null, decision.reason, decision.at],
  );
  return rows[0] ?? null;
}

/** Messages that may have something left to do, the all-clears last. */
export async function listMoving(sql: Sql): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    "select id from buyer_messages where settled_at is null order by kind desc, id",
  );
  return rows.map(({ id }) => id);
}

/** One message for one worker until the transaction ends; null when another has it, or it has come to its end. */
export async function lockMoving(sql: Sql, id: string): Promise<MessageRow | null> {
  const { rows } = await sql.query<MessageRow>(
    `select ${columns} from buyer_messages where id = $1 and settled_at is null for update skip locked`,
    [id],
  );
  return rows[0] ?? null;
}

export async function setToldOrders(sql: Sql, id: string, count: number): Promise<void> {
  await sql.query("update buyer_messages set told_orders = $2 where id = $1", [id, count]);
}

export async function settle(sql: Sql, id: string, at: Date): Promise<void> {
  await sql.query("update buyer_messages set settled_at = $2 where id = $1", [id, at]);
}

/** Ends a message that reached nobody and never will, whatever was decided on it. */
export async function withhold(sql: Sql, id: string, at: Date): Promise<void> {
  await sql.query("update buyer_messages set state = 'withdrawn', settled_at = $2 where id = $1", [id, at]);
}

/** The incident itself, or the one that it ended up in by merging. */
export async function rootOf(
  sql: Sql,
  incidentId: string,
): Promise<{ id: string; state: IncidentState; drill: boolean } | null> {
  const { rows } = await sql.query<{ id: string; state: IncidentState; drill: boolean }>(
    `with recursive up as (
        select id, state, drill, merged_into from incidents where id = $1
        union all select i.id, i.state, i.drill, i.merged_into from incidents i join up on i.id = up.merged_into
      )
      select id, state, drill from up where merged_into is null`,
    [incidentId],
  );
  return rows[0] ?? null;
}

/** Messages of trouble that were sent for an incident and for all that were merged into it. */
export async function listTold(sql: Sql, incidentId: string): Promise<{ id: string; isSettled: boolean }[]> {
  const { rows } = await sql.query<{ id: string; isSettled: boolean }>(
    `with recursive family as (
        select $1::uuid as id union all select i.id from incidents i join family f on i.merged_into = f.id
      )
      select m.id, m.settled_at is not null as "isSettled" from buyer_messages m join family f on f.id = m.incident_id
      where m.kind = 'trouble' and m.state = 'sent' order by m.id`,
    [incidentId],
  );
  return rows;
}

export async function countAffected(sql: Sql, incidentId: string): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    "select count(*)::int as n from incident_orders where incident_id = $1",
    [incidentId],
  );
  return rows[0]?.n ?? 0;
}

export async function listAffected(sql: Sql, incidentId: string): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    "select order_id as id from incident_orders where incident_id = $1",
    [incidentId],
  );
  return rows.map(({ id }) => id);
}

/** Whether anybody else on the staff has one of these roles. */
export async function hasOthers(sql: Sql, staffId: string, roles: readonly string[]): Promise<boolean> {
  const { rows } = await sql.query("select from staff where id <> $1 and role = any ($2::text[]) limit 1", [
    staffId,
    roles,
  ]);
  return rows.length > 0;
}
