import type { TicketRow } from "@orderwatch/shared/ops/tickets.ts";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { createTicketSocket } from "../../../lib/socket.ts";
import { ticketQuery } from "./queries.ts";

const acknowledgeTimeoutMs = 8_000;
/** A burst opens many tickets a second: lists are asked for once for all of them. */
const gatherMs = 500;

/** Hears of tickets as they change while the component is on the screen; a reconnection asks for what it missed. */
export function useTicketFeed(enabled: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!enabled) return;
    const socket = createTicketSocket();
    let since: string | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const askAnew = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: ["tickets"] });
      }, gatherMs);
    };
    const takeIn = (ticket: TicketRow) => {
      takeInto(queries, ticket);
      askAnew();
    };
    const subscribe = async () => {
      try {
        const answer = await socket
          .timeout(acknowledgeTimeoutMs)
          .emitWithAck("subscribe", { topic: "tickets", ...(since === undefined ? {} : { since }) });
        if (!answer.ok) return;
        since = answer.value.cursor;
        for (const ticket of answer.value.tickets) takeIn(ticket);
        if (answer.value.isPartial) askAnew();
      } catch {
        // Not acknowledged in time: the lists ask by themselves meanwhile, and the next connection subscribes anew.
        askAnew();
      }
    };
    socket.on("connect", () => void subscribe());
    socket.on("ticket.changed", ({ cursor, ticket }) => {
      since = cursor;
      takeIn(ticket);
    });
    socket.connect();
    return () => {
      clearTimeout(timer);
      socket.disconnect();
    };
  }, [queries, enabled]);
}

/** A ticket that is shown asks for what a row does not carry, if the row is newer. */
function takeInto(queries: QueryClient, ticket: TicketRow): void {
  const shown = queries.getQueryData(ticketQuery(ticket.id).queryKey);
  if (shown !== undefined && shown.revision < ticket.revision)
    void queries.invalidateQueries({ queryKey: ["ticket", ticket.id] });
}
