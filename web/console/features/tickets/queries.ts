import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { ReplyOf } from "@orderwatch/shared/route.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { hasEnded, queryOf, type TicketsSearch } from "./views.ts";

const pageSize = 50;
/** The socket tells of changes as they happen; this only covers for one that could not connect. */
const fallbackMs = 15_000;

/** The queue, page by page; what was typed may be a phone, so it goes in a body. */
export const ticketsQuery = (search: TicketsSearch, text: string) =>
  infiniteQueryOptions({
    queryKey: ["tickets", "list", search, text],
    queryFn: ({ pageParam, signal }) =>
      api.searchTickets({
        body: {
          ...queryOf(search, text),
          limit: pageSize,
          ...(pageParam === null ? {} : { cursor: pageParam }),
        },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: fallbackMs,
  });

/** How much waits; what the navigation shows. */
export const ticketCountsQuery = queryOptions({
  queryKey: ["tickets", "counts"],
  queryFn: ({ signal }) => api.countTickets({ signal }),
  refetchInterval: fallbackMs,
});

/** One ticket with its thread. */
export const ticketQuery = (id: string) =>
  queryOptions({
    queryKey: ["ticket", id],
    queryFn: ({ signal }) => api.readTicket({ params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data && hasEnded(state.data.state) ? false : fallbackMs),
  });

/** A ready answer as the list gives it; what a file leaves out has its usual value. */
export type Answer = ReplyOf<OpsRoutes["listAnswers"]>["items"][number];

/** Ready answers, those that fit this ticket first. */
export const answersQuery = (ticketId: string) =>
  queryOptions({
    queryKey: ["answers", ticketId],
    queryFn: ({ signal }) => api.listAnswers({ query: { ticketId }, signal }),
    staleTime: 60_000,
  });

/** An answer filled in for a ticket, and what it would do now. */
export const answerPreviewQuery = (
  ticketId: string,
  body: { answer: string; inputs: Record<string, string>; language: Language },
) =>
  queryOptions({
    queryKey: ["answers", ticketId, body],
    queryFn: ({ signal }) => api.previewAnswer({ params: { id: ticketId }, body, signal }),
    placeholderData: (known) => known,
  });

/** Calls that somebody has to make, the one to be made first before others. */
export const callsQuery = queryOptions({
  queryKey: ["tickets", "calls"],
  queryFn: ({ signal }) => api.listCalls({ query: { limit: 100 }, signal }),
  refetchInterval: fallbackMs,
});

/** Handovers and log lines of a ticket's order; asked anew when the ticket changes. */
export const ticketContextQuery = (id: string, revision: number, requestId: string) =>
  queryOptions({
    queryKey: ["ticket", id, "context", revision, requestId],
    queryFn: ({ signal }) =>
      api.readTicketContext({ params: { id }, query: requestId === "" ? {} : { requestId }, signal }),
    placeholderData: (known) => known,
  });

/** Incidents that a ticket may be about; asked anew when the ticket changes. */
export const incidentSuggestionsQuery = (id: string, revision: number) =>
  queryOptions({
    queryKey: ["ticket", id, "incidents", revision],
    queryFn: ({ signal }) => api.listIncidentSuggestions({ params: { id }, signal }),
    placeholderData: (known) => known,
    refetchInterval: fallbackMs,
  });

/** Who works on tickets. */
export const agentsQuery = queryOptions({
  queryKey: ["agents"],
  queryFn: ({ signal }) => api.listAgents({ signal }),
});
