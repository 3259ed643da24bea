import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";
import { applyChange, lockTicket, type TicketContext } from "./change-actions.ts";
import { listOverdue } from "./clocks-store.ts";
import * as store from "./sweep-store.ts";

const atOnce = 200;

/** Brings a message to whoever has the duty, within the transaction; the same key is the same message. */
export type PageDuty = (
  sql: Sql,
  page: { title: Words; text: Words; link: string; key: string },
) => Promise<unknown>;

/** What time does to tickets: deadlines pass, and what was resolved is closed. Each thing happens once, wherever this runs. */
export async function sweepTickets(context: TicketContext): Promise<{ more: boolean }> {
  const { db, clock } = context;
  const overdue = await listOverdue(db.sql, clock.now(), atOnce);
  for (const id of overdue)
    await alone(context, id, async (sql) => {
      // Writing nothing says what was missed, unless somebody was faster; then it makes the view newer once more.
      await applyChange(context, sql, await lockTicket(sql, id), {}, []);
    });
  const done = await store.listToClose(db.sql, clock.now(), atOnce);
  for (const id of done)
    await alone(context, id, async (sql) => {
      const ticket = await lockTicket(sql, id);
      if (ticket.state !== "resolved") return;
      await applyChange(context, sql, ticket, { state: "closed" }, [{ type: "closed" }]);
    });
  return { more: overdue.length === atOnce || done.length === atOnce };
}

/** One that cannot be looked at holds no other up; it is tried again at the next look. */
async function alone(
  { db, log }: TicketContext,
  ticketId: string,
  work: (sql: Sql) => Promise<void>,
): Promise<void> {
  try {
    await db.transaction(work);
  } catch (error) {
    log.error({ err: error, ticketId }, "a ticket could not be looked at; it is tried again");
  }
}

/**
 * Pages the duty because tickets that nobody has are past a deadline: one page for all that were found, and each ticket in
 * one page until somebody has had it. How many there were.
 */
export async function pageUnowned(context: TicketContext, page: PageDuty): Promise<number> {
  return await context.db.transaction(async (sql) => {
    const now = context.clock.now();
    const { count, oldest } = await store.markUnowned(sql, now);
    if (!oldest) return 0;
    await page(sql, {
      title: {
        "zh-CN": `${count} 个工单超时无人处理`,
        en:
          count === 1
            ? "A ticket is overdue and nobody has it"
            : `${count} tickets are overdue and nobody has them`,
      },
      text: {
        "zh-CN": `最早的是 #${oldest.number}，买家仍在等待回复。`,
        en: `The oldest is #${oldest.number}; its buyer still waits for an answer.`,
      },
      link: `/tickets/${oldest.id}`,
      key: `unowned:${oldest.id}:${now.toISOString()}`,
    });
    return count;
  });
}
