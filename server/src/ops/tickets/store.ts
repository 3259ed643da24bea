import type { Facts } from "@orderwatch/shared/ops/detection.ts";
import type { PolicySnapshot } from "@orderwatch/shared/ops/ticket-team.ts";
import type { TicketCause, TicketPriority, TicketState, TicketTeam } from "@orderwatch/shared/ops/tickets.ts";
import type { Origin, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { Language, Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

/** A ticket as its row has it. Keyed hashes of contacts are left where they are. */
export interface TicketRecord {
  id: string;
  number: number;
  conversationId: string | null;
  cause: TicketCause;
  causeKey: string;
  subject: Words;
  orderId: string | null;
  sku: string | null;
  channel: Tender | null;
  code: string | null;
  origin: Origin;
  language: Language;
  state: TicketState;
  priority: TicketPriority;
  team: TicketTeam;
  skills: string[];
  assigneeId: string | null;
  assigneeName: string | null;
  assignedAt: Date | null;
  incidentId: string | null;
  mergedInto: string | null;
  splitFrom: string | null;
  unanswered: boolean;
  policy: PolicySnapshot;
  nextDueAt: Date | null;
  openedAt: Date;
  changedAt: Date;
  resolvedAt: Date | null;
  closedAt: Date | null;
  reopened: number;
  rating: number | null;
  revision: number;
}

/** All but the policy, which is larger than the rest and which no list shows. */
export type TicketSummary = Omit<TicketRecord, "policy">;

export const summaryColumns = `t.id, t.number::float8 as number, t.conversation_id as "conversationId", t.cause,
  t.cause_key as "causeKey", t.subject, t.order_id as "orderId", t.sku, t.channel, t.code, t.origin, t.language, t.state,
  t.priority, t.team, t.skills, t.assignee_id as "assigneeId", t.assignee_name as "assigneeName",
  t.assigned_at as "assignedAt", t.incident_id as "incidentId", t.merged_into as "mergedInto", t.split_from as "splitFrom",
  t.unanswered, t.next_due_at as "nextDueAt", t.opened_at as "openedAt", t.changed_at as "changedAt",
  t.resolved_at as "resolvedAt", t.closed_at as "closedAt", t.reopened, t.rating, t.revision`;
export const ticketColumns = `${summaryColumns}, t.policy`;

export interface NewTicket {
  id: string;
  conversationId: string | null;
  cause: TicketCause;
  causeKey: string;
  /** What it knows of from the beginning; see the table. */
  occurrence?: string | null;
  subject: Words;
  orderId: string | null;
  sku: string | null;
  channel: Tender | null;
  code: string | null;
  origin: Origin;
  language: Language;
  /** As PostgreSQL gives them out, or as they were made. */
  phoneKey: bigint | string | null;
  phoneTailKey: bigint | string | null;
  emailKey: bigint | string | null;
  state: TicketState;
  priority: TicketPriority;
  team: TicketTeam;
  skills: readonly string[];
  splitFrom: string | null;
  unanswered: boolean;
  policy: PolicySnapshot;
  nextDueAt: Date | null;
  openedAt: Date;
}

/** Null when the cause has its ticket already, this one not yet committed included. */
export async function insert(sql: Sql, ticket: NewTicket): Promise<TicketRecord | null> {
  const { rows } = await sql.query<TicketRecord>(
    `insert into tickets as t (id, conversation_id, cause, cause_key, subject, order_id, sku, channel, code, origin, language,
        phone_key, phone_tail_key, email_key, state, priority, team, skills, split_from, unanswered, policy, next_due_at,
        opened_at, changed_at, occurrence)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $23, $24)
      on conflict (cause_key) do nothing returning ${ticketColumns}`,
    [
      ...[ticket.id, ticket.conversationId, ticket.cause, ticket.causeKey, JSON.stringify(ticket.subject)],
      ...[ticket.orderId, ticket.sku, ticket.channel, ticket.code, ticket.origin, ticket.language],
      ...[ticket.phoneKey, ticket.phoneTailKey, ticket.emailKey, ticket.state, ticket.priority, ticket.team],
      ...[ticket.skills, ticket.splitFrom, ticket.unanswered, JSON.stringify(ticket.policy)],
      ...[ticket.nextDueAt, ticket.openedAt, ticket.occurrence ?? null],
    ],
  );
  return rows[0] ?? null;
}

export async function read(sql: Sql, id: string): Promise<TicketRecord | null> {
  const { rows } = await sql.query<TicketRecord>(`select ${ticketColumns} from tickets t where id = $1`, [
    id,
  ]);
  return rows[0] ?? null;
}

/** Locked until the transaction ends, so that what is decided from it still holds when it is written. */
export async function lock(sql: Sql, id: string): Promise<TicketRecord | null> {
  const { rows } = await sql.query<TicketRecord>(
    `select ${ticketColumns} from tickets t where id = $1 for update`,
    [id],
  );
  return rows[0] ?? null;
}

const changeable = {
  conversationId: "conversation_id",
  state: "state",
  priority: "priority",
  team: "team",
  skills: "skills",
  assigneeId: "assignee_id",
  assigneeName: "assignee_name",
  assignedAt: "assigned_at",
  incidentId: "incident_id",
  mergedInto: "merged_into",
  unanswered: "unanswered",
  nextDueAt: "next_due_at",
  resolvedAt: "resolved_at",
  closedAt: "closed_at",
  reopened: "reopened",
  rating: "rating",
  language: "language",
  code: "code",
} as const satisfies Partial<Record<keyof TicketRecord, string>>;

export type TicketChange = Partial<Pick<TicketRecord, keyof typeof changeable>>;

/** Writes a change of a ticket that the caller has locked; an empty one makes its view newer. */
export async function change(sql: Sql, id: string, given: TicketChange, now: Date): Promise<TicketRecord> {
  const names = (Object.keys(given) as (keyof typeof changeable)[]).filter((name) => name in changeable);
  const sets = names.map((name, index) => `${changeable[name]} = $${index + 3}, `).join("");
  // Whoever gets it answers for it from now on; if they give it back, the duty may have to know anew.
  const isGiven = given.assigneeId === undefined ? "" : "unowned_paged_at = null, ";
  const { rows } = await sql.query<TicketRecord>(
    `update tickets t set ${sets}${isGiven}revision = revision + 1, changed_at = $2 where id = $1 returning ${ticketColumns}`,
    [id, now, ...names.map((name) => given[name])],
  );
  const [row] = rows;
  if (!row) throw new Error("a ticket that was locked is gone");
  return row;
}

export interface EventRecord {
  id: string;
  at: Date;
  type: string;
  byId: string | null;
  byName: string | null;
  facts: Facts;
}

export async function appendEvents(
  sql: Sql,
  ticketId: string,
  events: readonly EventRecord[],
): Promise<void> {
  if (events.length === 0) return;
  await sql.query(
    `insert into ticket_events (id, ticket_id, at, type, by_id, by_name, facts)
      select id, $1, at, type, by_id, by_name, facts::jsonb
      from unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[])
        as e (id, at, type, by_id, by_name, facts)`,
    [
      ticketId,
      events.map(({ id }) => id),
      events.map(({ at }) => at),
      events.map(({ type }) => type),
      events.map(({ byId }) => byId),
      events.map(({ byName }) => byName),
      events.map(({ facts }) => JSON.stringify(facts)),
    ],
  );
}

export async function listEvents(sql: Sql, ticketId: string): Promise<EventRecord[]> {
  const { rows } = await sql.query<EventRecord>(
    `select id, at, type, by_id as "byId", by_name as "byName", facts from ticket_events
      where ticket_id = $1 order by id`,
    [ticketId],
  );
  return rows;
}

export interface NoteRecord {
  id: string;
  at: Date;
  byId: string;
  byName: string;
  text: Buffer;
}

export async function appendNote(sql: Sql, ticketId: string, note: NoteRecord): Promise<void> {
  await sql.query(
    "insert into ticket_notes (id, ticket_id, at, by_id, by_name, text) values ($1, $2, $3, $4, $5, $6)",
    [note.id, ticketId, note.at, note.byId, note.byName, note.text],
  );
}

export async function listNotes(sql: Sql, ticketId: string): Promise<NoteRecord[]> {
  const { rows } = await sql.query<NoteRecord>(
    `select id, at, by_id as "byId", by_name as "byName", text from ticket_notes where ticket_id = $1 order by id`,
    [ticketId],
  );
  return rows;
}

/** The policy that names the cause, else the one for all that none names. */
export async function policyFor(sql: Sql, cause: TicketCause): Promise<PolicySnapshot> {
  const { rows } = await sql.query<PolicySnapshot>(
    `select id, targets, calendar, handoff_timeout_min as "handoffTimeoutMin", close_after_days as "closeAfterDays"
      from support_policies where causes is null or $1 = any (causes) order by causes is null, id limit 1`,
    [cause],
  );
  const [policy] = rows;
  if (!policy) throw new Error("no support policy serves all causes");
  return policy;
}

/** Those of these orders that a ticket is about. */
export async function ticketedOrders(sql: Sql, orderIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    "select distinct order_id as id from tickets where order_id = any($1)",
    [orderIds],
  );
  return rows.map(({ id }) => id);
}
