import type { Server } from "socket.io";
import { pageDuty } from "../ops/oncall/duty-actions.ts";
import {
  assignWaiting,
  openDue,
  pageUnowned,
  releaseAbandoned,
  sweepTickets,
  type TicketContext,
  takeNews,
} from "../ops/tickets/actions.ts";
import { ticketRoutes } from "../ops/tickets/routes.ts";
import { serveTickets, type TicketFeed } from "../ops/tickets/sockets.ts";
import { type Loop, startLoop } from "../platform/loop.ts";
import type { StockContext } from "../shop/stock/actions.ts";
import type { Paging } from "./paging.ts";

/** What needs a person has its ticket within about this time, and a deadline that passes is said to have. */
const lookEveryMs = 1_000;
/** Whoever has the duty is paged for all that were found in this time at once. */
const pageEveryMs = 10_000;

/** Everything between something that needs a person and a person who has done it. */
export interface TicketDesk {
  /** Handlers of its routes, by their names in the contract. */
  handlers: ReturnType<typeof ticketRoutes>;
  serve(io: Server): void;
  start(): void;
  close(): Promise<void>;
}

/** The tickets' parts, wired to the orders that they are about and to the people who are paged for them. */
export function openTicketDesk(context: StockContext & { paging: Paging }): TicketDesk {
  const { log, clock } = context;
  const tickets: TicketContext = { ...context, on: {} };
  const loops: Loop[] = [];
  let feed: TicketFeed | undefined;
  const startNow = (name: string, everyMs: number, work: () => Promise<{ more: boolean }>) => {
    const loop = startLoop({ name, everyMs, log, work });
    loops.push(loop);
    void loop.poke();
  };
  return {
    handlers: ticketRoutes(tickets, () => feed?.poke()),
    serve(io) {
      feed = serveTickets({ io, context: tickets, log });
    },
    start() {
      startNow("open-tickets", lookEveryMs, async () => {
        const opened = await openDue(tickets);
        const heard = await takeNews(tickets);
        const released = await releaseAbandoned(tickets);
        const assigned = await assignWaiting(tickets);
        return { more: [opened, heard, released, assigned].some(({ more }) => more) };
      });
      startNow("sweep-tickets", lookEveryMs, () => sweepTickets(tickets));
      startNow("page-unowned-tickets", pageEveryMs, async () => {
        const onCall = { clock, pager: context.paging.notify };
        await pageUnowned(tickets, (sql, page) => pageDuty(onCall, sql, page));
        return { more: false };
      });
    },
    async close() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await feed?.stop();
    },
  };
}
