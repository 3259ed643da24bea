import { Id } from "@orderwatch/shared/ids.ts";
import type { TicketRow, TicketSearch } from "@orderwatch/shared/ops/tickets.ts";
import { openTicketStates } from "@orderwatch/shared/ops/tickets.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Keys } from "../../platform/crypto.ts";
import { contactKeys, emailKey, phoneTailKey } from "../../shop/orders/contact-actions.ts";
import type { TicketContext } from "./change-actions.ts";
import * as store from "./list-store.ts";
import type { TicketSummary } from "./store.ts";
import { toRows } from "./views-actions.ts";

type ListContext = Pick<TicketContext, "db" | "keys">;

/** A page of tickets. Throws `request.invalid` for a cursor that is not ours. */
export async function listTickets(
  context: ListContext,
  userId: string,
  query: TicketSearch,
): Promise<{ items: TicketRow[]; nextCursor: string | null }> {
  const { sql } = context.db;
  const { q, sort, limit } = query;
  const after = query.cursor === undefined ? null : readCursor(sort, query.cursor);
  const filter: store.TicketFilter = {
    ...{ key: null, states: statesOf(query.state), cause: query.cause, team: query.team },
    assigneeId: query.assignee === "me" ? userId : query.assignee === "nobody" ? null : query.assignee,
    ...{ priority: query.priority, sku: query.sku, code: query.code, origin: query.origin },
    ...{ orderId: query.orderId, incidentId: query.incidentId },
  };
  const meant = q === undefined ? {} : readTerm(context.keys, q);
  // The same thing said twice and differently is found nowhere.
  if (
    (meant.sku && filter.sku && meant.sku !== filter.sku) ||
    (meant.code && filter.code && meant.code !== filter.code)
  )
    return { items: [], nextCursor: null };
  const found = await store.list(sql, { ...filter, ...meant }, sort, after, limit + 1);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    items: await toRows(context, sql, page),
    nextCursor: found.length > limit && last ? writeCursor(sort, last) : null,
  };
}

function statesOf(state: TicketSearch["state"]): store.TicketFilter["states"] {
  if (state === undefined) return null;
  if (state === "active") return openTicketStates;
  return state === "ended" ? ["resolved", "closed"] : [state];
}

type Meant = Partial<Pick<store.TicketFilter, "key" | "sku" | "code">>;

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** What kind of thing somebody searches for: what may be kept of a search, since the thing itself may be personal. */
export const kindOfTerm = (keys: Keys, typed: string): store.TicketKey["by"] | "code" | "sku" => {
  const { key, code } = readTerm(keys, typed);
  return key?.by ?? (code === undefined ? "sku" : "code");
};

/** What somebody typed means one thing by its shape; four digits are a phone's end as well as a number. */
export function readTerm(keys: Keys, typed: string): Meant {
  const text = typed.trim();
  if (uuid.test(text)) {
    const id = text
      .toLowerCase()
      .replace(/-/g, "")
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    return { key: { by: "order", orderId: id } };
  }
  const number = /^#?([1-9]\d{0,9})$/.exec(text)?.[1];
  if (text.startsWith("#") && number !== undefined)
    return { key: { by: "number", number: Number(number), orTailKey: null } };
  if (/^\d{4}$/.test(text))
    return { key: { by: "number", number: Number(text), orTailKey: phoneTailKey(keys, text) } };
  const digits = text.replace(/\D/g, "").length;
  if (/^\+?[\d -]+$/.test(text) && digits >= 7 && digits <= 16) {
    const { phoneKey: key, phoneTailKey: tailKey } = contactKeys(keys, { phone: text });
    if (key !== null) return { key: { by: "phone", key, tailKey } };
  }
  if (number !== undefined) return { key: { by: "number", number: Number(number), orTailKey: null } };
  if (/^\S+@\S+$/.test(text)) return { key: { by: "email", key: emailKey(keys, text) } };
  return /^[a-z_]+\.[a-z_]+$/.test(text) ? { code: text } : { sku: text };
}

function writeCursor(sort: TicketSearch["sort"], last: TicketSummary): string {
  const first = { queue: last.priority, due: last.nextDueAt?.toISOString() ?? "", newest: "" }[sort];
  return `${first}~${last.id}`;
}

/** What a cursor begins with: that by which it was sorted. */
const cursorShapes = {
  queue: /^[1-4]$/,
  due: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  newest: /^$/,
} as const satisfies Record<TicketSearch["sort"], RegExp>;

function readCursor(sort: TicketSearch["sort"], cursor: string): store.TicketCursor {
  const [first, id, ...rest] = cursor.split("~");
  const isOurs = rest.length === 0 && first !== undefined && cursorShapes[sort].test(first);
  if (
    !isOurs ||
    id === undefined ||
    !Id.safeParse(id).success ||
    (sort === "due" && Number.isNaN(Date.parse(first)))
  )
    throw new DomainError("request.invalid", "cursor: not one of ours", {
      errors: [{ path: "cursor", message: "not one of ours" }],
    });
  return [first, id];
}

/** Which tickets changed from a moment on, in the order of their changes. */
export async function listChanged(
  { db }: Pick<ListContext, "db">,
  since: Date,
  limit: number,
): Promise<store.ChangedTicket[]> {
  return await store.listChanged(db.sql, since, limit);
}

/** Tickets by their ids, in the order of their changes. */
export async function readRows(context: ListContext, ids: readonly string[]): Promise<TicketRow[]> {
  if (ids.length === 0) return [];
  return await toRows(context, context.db.sql, await store.readMany(context.db.sql, ids));
}
