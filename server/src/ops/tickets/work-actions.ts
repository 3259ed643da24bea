import { Id } from "@orderwatch/shared/ids.ts";
import type { CallTask, TicketContext as TicketContextView } from "@orderwatch/shared/ops/ticket-work.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { listLines } from "../../live/kept-logs/store.ts";
import { readStaffOrder } from "../../shop/orders/search-actions.ts";
import { ticketById } from "./actions.ts";
import { listOpenCalls } from "./call-store.ts";
import type { TicketContext } from "./change-actions.ts";
import { readRows } from "./list-actions.ts";
import { readCalls, readHandoffs } from "./views-actions.ts";

const mostLines = 200;

/** All that is known of a ticket's order, with the log's lines about it. Throws `ticket.not_found`. */
export async function readTicketContext(
  context: TicketContext,
  id: string,
  { requestId = null }: { requestId?: string | null | undefined },
): Promise<TicketContextView> {
  const ticket = await ticketById(context, id);
  const order = ticket.orderId === null ? null : await readStaffOrder(context, ticket.orderId);
  const about = {
    ...{ orderId: ticket.orderId, requestId },
    paymentIds: order?.payments.map((payment) => payment.id) ?? [],
  };
  const lines = await listLines(context.db.sql, about, mostLines);
  return {
    order,
    handoffs: await readHandoffs(context, id),
    logs: lines.map(({ at, node, level, requestId: request, message }) => ({
      ...{ at: at.toISOString(), node, level, requestId: request, message },
    })),
  };
}

/** Calls that wait, by the time of their next try. Throws `request.invalid` for a cursor that is not ours. */
export async function listCalls(
  context: TicketContext,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<{ items: CallTask[]; nextCursor: string | null }> {
  const { sql } = context.db;
  const found = await listOpenCalls(sql, cursor === undefined ? null : readCursor(cursor), limit + 1);
  const page = found.slice(0, limit);
  const rows = new Map(
    (
      await readRows(
        context,
        page.map(({ ticketId }) => ticketId),
      )
    ).map((row) => [row.id, row]),
  );
  const items: CallTask[] = [];
  for (const { id, ticketId } of page) {
    const ticket = rows.get(ticketId);
    const call = (await readCalls(context, sql, ticketId)).find((one) => one.id === id);
    if (ticket && call) items.push({ call, ticket });
  }
  const last = page.at(-1);
  return {
    items,
    nextCursor: found.length > limit && last ? `${last.at.toISOString()}~${last.id}` : null,
  };
}

function readCursor(cursor: string): { nextAt: Date; id: string } {
  const [at = "", id, ...rest] = cursor.split("~");
  const nextAt = new Date(at);
  if (rest.length > 0 || id === undefined || !Id.safeParse(id).success || Number.isNaN(nextAt.getTime()))
    throw new DomainError("request.invalid", "cursor: not one of ours", {
      errors: [{ path: "cursor", message: "not one of ours" }],
    });
  return { nextAt, id };
}
