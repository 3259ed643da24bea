import type { Server } from "socket.io";
import type { AnswersContext } from "../ops/answers/actions.ts";
import { readAnswers } from "../ops/answers/library.ts";
import { answerRoutes } from "../ops/answers/routes.ts";
import { pageDuty } from "../ops/oncall/duty-actions.ts";
import type { RepairContext } from "../ops/orders/actions.ts";
import { answerOutcomes, linkTickets, noteCounts, tellProgressDue } from "../ops/ticket-incidents/actions.ts";
import { ticketIncidentRoutes } from "../ops/ticket-incidents/routes.ts";
import {
  assignWaiting,
  openDue,
  pageUnowned,
  releaseAbandoned,
  sweepTickets,
  takeNews,
} from "../ops/tickets/actions.ts";
import { type HandoffContext, sweepHandoffs } from "../ops/tickets/handoff-actions.ts";
import { ticketRoutes } from "../ops/tickets/routes.ts";
import { serveTickets, type TicketFeed } from "../ops/tickets/sockets.ts";
import { ticketWorkRoutes } from "../ops/tickets/work-routes.ts";
import { type Loop, startLoop } from "../platform/loop.ts";
import type { StockContext } from "../shop/stock/actions.ts";
import type { Paging } from "./paging.ts";
import { answerHooks } from "./ticket-answers.ts";
import { handoffHooks } from "./ticket-handoffs.ts";

/** What needs a person has its ticket within about this time, and a deadline that passes is said to have. */
const lookEveryMs = 1_000;
/** Whoever has the duty is paged for all that were found in this time at once. */
const pageEveryMs = 10_000;
/** So many lines at most are added to an incident that gathers tickets. */
const countEveryMs = 10_000;

/** Everything between something that needs a person and a person who has done it. */
export interface TicketDesk {
  /** Handlers of its routes, by their names in the contract. */
  handlers: ReturnType<typeof ticketRoutes> &
    ReturnType<typeof ticketWorkRoutes> &
    ReturnType<typeof ticketIncidentRoutes> &
    ReturnType<typeof answerRoutes>;
  serve(io: Server): void;
  start(): void;
  close(): Promise<void>;
}

/** The tickets' parts, wired to the orders that they are about and to the people who are paged for them. */
export async function openTicketDesk(
  context: StockContext & { paging: Paging; shopUrl: string } & Pick<RepairContext, "providers" | "supplier">,
): Promise<TicketDesk> {
  const { log, clock, paging, keys, shopUrl } = context;
  const tickets: HandoffContext & AnswersContext = {
    ...{
      ...context,
      on: answerHooks({ notify: paging.notify, keys, shopUrl }),
      answers: await readAnswers(),
    },
    handoffs: handoffHooks({ clock, notify: paging.notify }),
  };
  const changed = () => feed?.poke();
  const loops: Loop[] = [];
  let feed: TicketFeed | undefined;
  const startNow = (name: string, everyMs: number, work: () => Promise<{ more: boolean }>) => {
    const loop = startLoop({ name, everyMs, log, work });
    loops.push(loop);
    void loop.poke();
  };
  return {
    handlers: {
      ...ticketRoutes(tickets, changed),
      ...ticketWorkRoutes(tickets, changed),
      ...answerRoutes(tickets, changed),
      ...ticketIncidentRoutes(tickets, changed),
    },
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
      startNow("sweep-handoffs", lookEveryMs, () => sweepHandoffs(tickets));
      startNow("link-tickets", lookEveryMs, async () => {
        const linked = await linkTickets(tickets);
        const told = await tellProgressDue(tickets);
        const answered = await answerOutcomes(tickets);
        return { more: [linked, told, answered].some(({ more }) => more) };
      });
      startNow("count-linked-tickets", countEveryMs, async () => {
        await noteCounts(tickets);
        return { more: false };
      });
      startNow("page-unowned-tickets", pageEveryMs, async () => {
        const onCall = { clock, pager: paging.notify };
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
