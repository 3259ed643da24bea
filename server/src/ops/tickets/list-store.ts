import type { TicketCounts, TicketState, TicketsQuery } from "@orderwatch/shared/ops/tickets.ts";
import type { Sql } from "../../platform/db.ts";
import { summaryColumns, type TicketRecord, type TicketSummary } from "./store.ts";

/** What a typed text finds tickets by; each has an index of its own. */
export type TicketKey =
  | { by: "number"; number: number; orTailKey: bigint | null }
  | { by: "order"; orderId: string }
  | { by: "phone"; key: bigint; tailKey: bigint | null }
  | { by: "email"; key: bigint };

export interface TicketFilter {
  key: TicketKey | null;
  states: readonly TicketState[] | null;
  cause: TicketsQuery["cause"];
  team: TicketsQuery["team"];
  /** Null: nobody; undefined: anyone. */
  assigneeId: string | null | undefined;
  priority: TicketsQuery["priority"];
  sku: string | undefined;
  code: string | undefined;
  orderId: string | undefined;
  incidentId: string | undefined;
  origin: TicketsQuery["origin"];
}

/** Where the page before ended: the values that it was sorted by. */
export type TicketCursor = readonly [number | string, string];

type Sort = TicketsQuery["sort"];

const activeStates = "'new', 'open', 'waiting_buyer', 'waiting_engineering'";

class Conditions {
  readonly values: unknown[] = [];
  readonly all: string[] = [];

  /** Each `?` stands for the next value. */
  add(text: string, ...values: unknown[]): void {
    let index = 0;
    this.all.push(
      text.replace(/\?/g, () => {
        this.values.push(values[index++]);
        return `$${this.values.length}`;
      }),
    );
  }
}

function addKey(where: Conditions, key: TicketKey): void {
  switch (key.by) {
    case "number":
      if (key.orTailKey === null) where.add("t.number = ?", key.number);
      else where.add("(t.number = ? or t.phone_tail_key = ?)", key.number, key.orTailKey);
      break;
    case "order":
      where.add("(t.order_id = ? or t.id = ?)", key.orderId, key.orderId);
      break;
    case "phone":
      where.add("t.phone_key = ?", key.key);
      if (key.tailKey !== null) where.add("t.phone_tail_key = ?", key.tailKey);
      break;
    case "email":
      where.add("t.email_key = ?", key.key);
  }
}

function addFilter(where: Conditions, filter: TicketFilter): void {
  if (filter.key) addKey(where, filter.key);
  // Written out, since the queue's indexes hold these states alone and a parameter would hide that.
  if (filter.states) {
    const quoted = filter.states.map((state) => `'${state}'`).join(", ");
    where.add(`t.state in (${quoted})`);
  }
  if (filter.assigneeId === null) where.add("t.assignee_id is null");
  else if (filter.assigneeId !== undefined) where.add("t.assignee_id = ?", filter.assigneeId);
  if (filter.cause) where.add("t.cause = ?", filter.cause);
  if (filter.team) where.add("t.team = ?", filter.team);
  if (filter.priority) where.add("t.priority = ?", filter.priority);
  if (filter.sku) where.add("t.sku = ?", filter.sku);
  if (filter.code) where.add("t.code = ?", filter.code);
  if (filter.orderId) where.add("t.order_id = ?", filter.orderId);
  if (filter.incidentId) where.add("t.incident_id = ?", filter.incidentId);
  if (filter.origin) where.add("t.origin = ?", filter.origin);
}

const sorts = {
  queue: { order: "t.priority, t.id", after: "(t.priority, t.id) > (?::int, ?::uuid)" },
  due: { order: "t.next_due_at, t.id", after: "(t.next_due_at, t.id) > (?::timestamptz, ?::uuid)" },
  newest: { order: "t.id desc", after: "t.id < ?::uuid" },
} as const satisfies Record<Sort, { order: string; after: string }>;

/** A page in the order asked for. What a key finds is few, so it is collected first and sorted then. */
export async function list(
  sql: Sql,
  filter: TicketFilter,
  sort: Sort,
  after: TicketCursor | null,
  limit: number,
): Promise<TicketSummary[]> {
  const where = new Conditions();
  addFilter(where, filter);
  // What pauses has no deadline and is left out of what is due.
  if (sort === "due") where.add("t.next_due_at is not null");
  if (after) where.add(sorts[sort].after, ...(sort === "newest" ? [after[1]] : after));
  const conditions = where.all.length === 0 ? "true" : where.all.join(" and ");
  const source =
    filter.key === null
      ? `tickets t where ${conditions}`
      : `(select * from tickets t where ${conditions} offset 0) t`;
  const { rows } = await sql.query<TicketSummary>(
    `select ${summaryColumns} from ${source} order by ${sorts[sort].order} limit ${limit}`,
    where.values,
  );
  return rows;
}

export interface ChangedTicket {
  id: string;
  revision: number;
  changedAt: Date;
}

/** Which changed since, those that changed first before others. */
export async function listChanged(sql: Sql, since: Date, limit: number): Promise<ChangedTicket[]> {
  const { rows } = await sql.query<ChangedTicket>(
    `select id, revision, changed_at as "changedAt" from tickets
      where changed_at >= $1 order by changed_at, id limit $2`,
    [since, limit],
  );
  return rows;
}

export async function readMany(sql: Sql, ids: readonly string[]): Promise<TicketSummary[]> {
  const { rows } = await sql.query<TicketSummary>(
    `select ${summaryColumns} from tickets t where id = any ($1::uuid[]) order by changed_at, id`,
    [ids],
  );
  return rows;
}

/** What a badge counts to: beyond it the number says no more, and costs as much as there are. */
const countedTo = 1_000;

export async function count(sql: Sql, userId: string, now: Date): Promise<TicketCounts> {
  const upTo = (where: string) =>
    `(select count(*)::int from (select from tickets where ${where} limit ${countedTo}) c)`;
  const { rows } = await sql.query<TicketCounts>(
    `select ${upTo(`state in (${activeStates})`)} as active,
      ${upTo("state in ('new', 'open') and assignee_id is null")} as unowned,
      ${upTo(`assignee_id = $1 and state in (${activeStates})`)} as mine,
      ${upTo(`assignee_id = $1 and state in (${activeStates}) and unanswered`)} as "mineUnanswered",
      ${upTo("next_due_at <= $2")} as overdue,
      (select count(*)::int from ticket_handoffs where state = 'offered' and to_team = 'engineering') as offered`,
    [userId, now],
  );
  const [counts] = rows;
  if (!counts) throw new Error("a count without a row");
  return counts;
}

/** Others of the same order or conversation. */
export async function listRelated(
  sql: Sql,
  ticket: Pick<TicketRecord, "id" | "orderId" | "conversationId">,
): Promise<Pick<TicketRecord, "id" | "number" | "cause" | "state">[]> {
  const { rows } = await sql.query<Pick<TicketRecord, "id" | "number" | "cause" | "state">>(
    `select id, number::float8 as number, cause, state from tickets
      where (order_id = $2 or conversation_id = $3) and id <> $1 order by id desc limit 20`,
    [ticket.id, ticket.orderId, ticket.conversationId],
  );
  return rows;
}
