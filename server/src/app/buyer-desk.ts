import {
  type BuyerMessagesContext,
  proposeBuyerMessage,
  readBuyerDraft,
} from "../ops/buyer-messages/actions.ts";
import { advanceBuyerMessages } from "../ops/buyer-messages/advance-actions.ts";
import { buyerMessageRoutes } from "../ops/buyer-messages/routes.ts";
import { type IncidentContext, note, passesForReal, readIncident } from "../ops/incidents/actions.ts";
import type { Notify } from "../ops/notify/actions.ts";
import type { BuyersDoor } from "../ops/runbooks/actions.ts";
import { type Loop, startLoop } from "../platform/loop.ts";
import type { StockContext } from "../shop/stock/actions.ts";

const everyMs = 1_000;

type DeskContext = Pick<StockContext, "db" | "clock" | "newId" | "log"> & { notify: Notify; shopUrl: string };

/** What messages to buyers need of a console. */
export function messagesOf(context: DeskContext, incidents: IncidentContext): BuyerMessagesContext {
  return {
    ...context,
    statusUrl: `${context.shopUrl}/status`,
    incidents: {
      read: (id) => readIncident(incidents, id),
      passesForReal,
      note: (sql, id, entry) => note(incidents, sql, id, entry),
    },
  };
}

/** Telling the buyers of affected orders: its routes, the runbooks' door to it, and what goes on by itself. */
export function openBuyerDesk(context: DeskContext, incidents: IncidentContext) {
  const messages = messagesOf(context, incidents);
  const nobody = { id: "", name: "" };
  const door: BuyersDoor = {
    foresee: (incidentId) => readBuyerDraft(messages, nobody, incidentId),
    async tell(within, by, incidentId, id) {
      const inner = { ...messages, db: within.db };
      const { title, text } = await readBuyerDraft(inner, by, incidentId);
      await proposeBuyerMessage(inner, { staff: by }, incidentId, { id, title, text });
    },
  };
  let loop: Loop | undefined;
  return {
    door,
    handlers: buyerMessageRoutes(messages),
    start() {
      const work = () => advanceBuyerMessages(messages).then(() => ({ more: false }));
      loop = startLoop({ name: "tell-buyers", everyMs, log: context.log, work });
    },
    close: async () => await loop?.stop(),
  };
}
