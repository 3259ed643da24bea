import { z } from "zod";
import type { Acknowledged } from "../live/sockets.ts";
import type { TicketRow } from "./tickets.ts";

/** `since` is the last `cursor` that was heard; without it nothing comes but what changes from now on. */
export const SubscribeTickets = z.strictObject({
  topic: z.literal("tickets"),
  since: z.iso.datetime().optional(),
});
export type SubscribeTickets = z.infer<typeof SubscribeTickets>;

export interface TicketsSnapshot {
  cursor: string;
  /** What changed since; a few may have been heard already, `revision` tells. */
  tickets: TicketRow[];
  /** True when more changed than fits: whoever shows a list reads it anew. */
  isPartial: boolean;
}

/** Namespace `/ops`, topic `tickets`: rows as they change, without contact data, messages or notes. */
export interface TicketClientEvents {
  subscribe: (topic: SubscribeTickets, acknowledge: (answer: Acknowledged<TicketsSnapshot>) => void) => void;
}
export interface TicketServerEvents {
  "ticket.changed": (change: { cursor: string; ticket: TicketRow }) => void;
}
