import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ticketQuery } from "./queries.ts";

/** Does something to a ticket whose answer is the ticket as it is then: shown at once, and the lists ask anew. */
export function useTicketDeed<Given>(
  id: string,
  work: (given: Given) => Promise<Ticket>,
  onDone?: () => void,
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: (changed) => {
      queries.setQueryData(ticketQuery(id).queryKey, changed);
      onDone?.();
    },
    // An answer that got lost, or somebody who was faster: what stands there now says which.
    onError: () => queries.invalidateQueries({ queryKey: ["ticket", id] }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["tickets"] }),
  });
}
