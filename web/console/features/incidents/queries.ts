import type { AffectedOrdersQuery, Incident } from "@orderwatch/shared/ops/incidents.ts";
import type { PublicPhase } from "@orderwatch/shared/shop/status.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { refusalOf } from "../../../lib/api.ts";
import { api } from "../../api.ts";
import { isMoving } from "./runbook.ts";

const pageSize = 50;
/** The socket tells of changes as they happen; this only covers for one that could not connect. */
const fallbackMs = 15_000;

const pages = { initialPageParam: null as string | null };
const cursor = (pageParam: string | null) => (pageParam === null ? {} : { cursor: pageParam });

/** All that is open: what the strip, the list and the alarm show. */
export const openIncidentsQuery = queryOptions({
  queryKey: ["incidents", "open"],
  queryFn: ({ signal }) => api.listIncidents({ query: { state: "open", limit: 100 }, signal }),
  refetchInterval: fallbackMs,
});

/** What has ended, newest first. */
export const pastIncidentsQuery = (level: Incident["level"] | undefined) =>
  infiniteQueryOptions({
    queryKey: ["incidents", "past", level],
    queryFn: ({ pageParam, signal }) =>
      api.listIncidents({
        query: {
          state: "ended",
          limit: pageSize,
          ...(level === undefined ? {} : { level }),
          ...cursor(pageParam),
        },
        signal,
      }),
    ...pages,
    getNextPageParam: (page) => page.nextCursor,
  });

/** One incident with its timeline. */
export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: ["incident", id],
    queryFn: ({ signal }) => api.readIncident({ params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data && hasEnded(state.data) ? false : 5_000),
  });

/** Orders that it affected; they settle by themselves, so they are asked for again while it is open. */
export const affectedOrdersQuery = (incident: Incident, outcome: AffectedOrdersQuery["outcome"]) =>
  infiniteQueryOptions({
    queryKey: ["incident", incident.id, "orders", outcome],
    queryFn: ({ pageParam, signal }) =>
      api.listAffectedOrders({
        params: { id: incident.id },
        query: { limit: pageSize, ...(outcome === undefined ? {} : { outcome }), ...cursor(pageParam) },
        signal,
      }),
    ...pages,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: hasEnded(incident) ? false : 5_000,
  });

/** Who was paged, and when the next step is; pages move by themselves. */
export const escalationQuery = (incident: Pick<Incident, "id" | "state">) =>
  queryOptions({
    queryKey: ["incident", incident.id, "escalation"],
    queryFn: ({ signal }) => api.readEscalation({ params: { id: incident.id }, signal }),
    retry: (count, error) => refusalOf(error).code !== "escalation.not_found" && count < 3,
    refetchInterval: hasEnded(incident) ? false : 2_000,
  });

/** Its messages to staff with every attempt, newest first. */
export const pagesQuery = (incident: Pick<Incident, "id" | "state">) =>
  queryOptions({
    queryKey: ["incident", incident.id, "pages"],
    queryFn: ({ signal }) =>
      api.listNotifications({ query: { incidentId: incident.id, kind: "page", limit: pageSize }, signal }),
    refetchInterval: hasEnded(incident) ? false : 2_000,
  });

/** What the public was told of it; a colleague may approve what one has just written. */
export const publicUpdatesQuery = (incident: Pick<Incident, "id" | "state">) =>
  queryOptions({
    queryKey: ["incident", incident.id, "updates"],
    queryFn: ({ signal }) => api.listPublicUpdates({ params: { id: incident.id }, signal }),
    refetchInterval: hasEnded(incident) ? false : 5_000,
  });

/** What the buyers of affected orders were told; the counts grow as messages arrive. */
export const buyerMessagesQuery = ({ id }: Pick<Incident, "id">) =>
  queryOptions({
    queryKey: ["incident", id, "buyer-messages"],
    queryFn: ({ signal }) => api.listBuyerMessages({ params: { id }, signal }),
    refetchInterval: 5_000,
  });

/** What telling them would do now. */
export const buyerDraftQuery = ({ id }: Pick<Incident, "id">) =>
  queryOptions({
    queryKey: ["incident", id, "buyer-draft"],
    queryFn: ({ signal }) => api.readBuyerDraft({ params: { id }, signal }),
    refetchOnMount: "always",
  });

/** How many tickets it has, and what their buyers were told; they settle by themselves. */
export const incidentTicketsQuery = (incident: Pick<Incident, "id" | "state">) =>
  queryOptions({
    queryKey: ["incident", incident.id, "tickets"],
    queryFn: ({ signal }) => api.readIncidentTickets({ params: { id: incident.id }, signal }),
    refetchInterval: hasEnded(incident) ? 15_000 : 5_000,
  });

/** The few of its tickets that wait most urgently. */
export const openTicketsQuery = (incident: Pick<Incident, "id" | "state">) =>
  queryOptions({
    queryKey: ["incident", incident.id, "tickets", "open"],
    queryFn: ({ signal }) =>
      api.listTickets({
        query: { incidentId: incident.id, state: "active", sort: "queue", limit: 5 },
        signal,
      }),
    refetchInterval: hasEnded(incident) ? 15_000 : 5_000,
  });

/** Words to begin with; they follow the incident's level. */
export const updateTemplateQuery = ({ id, level }: Pick<Incident, "id" | "level">, phase: PublicPhase) =>
  queryOptions({
    queryKey: ["incident", id, "template", level, phase],
    queryFn: ({ signal }) => api.readUpdateTemplate({ params: { id }, query: { phase }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

const figuresMs = 90 * 86_400_000;

/** How fast incidents of the last 90 days were seen to. */
export const figuresQuery = queryOptions({
  queryKey: ["incidents", "figures"],
  queryFn: ({ signal }) => {
    const to = new Date();
    const from = new Date(to.getTime() - figuresMs);
    return api.readFigures({ query: { from: from.toISOString(), to: to.toISOString() }, signal });
  },
});

/** What an incident taught, with its Markdown in this language. */
export const postmortemQuery = (id: string, language: Language) =>
  queryOptions({
    queryKey: ["postmortem", id, language],
    queryFn: ({ signal }) => api.readPostmortem({ params: { id }, query: { language }, signal }),
  });

/** Every runbook that there is. */
export const runbooksQuery = queryOptions({
  queryKey: ["runbooks"],
  queryFn: ({ signal }) => api.listRunbooks({ signal }),
  staleTime: 5 * 60_000,
});

/** An incident's run of a runbook: once a second while a step moves, since its figures are watched. */
export const runbookQuery = (incident: Pick<Incident, "id" | "state">, slug: string) =>
  queryOptions({
    queryKey: ["incident", incident.id, "runbook", slug],
    queryFn: ({ signal }) => api.readRunbook({ params: { id: incident.id }, query: { slug }, signal }),
    refetchInterval: ({ state }) =>
      state.data?.steps.some(isMoving) ? 1_000 : hasEnded(incident) ? false : 5_000,
  });

export const hasEnded = ({ state }: Pick<Incident, "state">): boolean =>
  state === "resolved" || state === "reviewed" || state === "merged" || state === "false_alarm";
