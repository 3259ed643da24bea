import { z } from "zod";
import { Id } from "../ids.ts";
import { list } from "../list.ts";
import { type Route, route } from "../route.ts";
import type { Permission } from "./roles.ts";
import { ticketIncidentPaths } from "./ticket-incident-paths.ts";
import {
  IncidentSuggestion,
  IncidentTickets,
  LinkIncident,
  TellProgress,
  ToldProgress,
} from "./ticket-incidents.ts";
import { Ticket } from "./tickets.ts";

const params = z.object({ id: Id });

export const ticketIncidentRoutes = {
  listIncidentSuggestions: route({
    path: ticketIncidentPaths.listIncidentSuggestions,
    summary: "Incidents that a ticket may be about, the likeliest first, and why",
    params,
    reply: list(IncidentSuggestion),
  }),
  linkTicketIncident: route({
    path: ticketIncidentPaths.linkTicketIncident,
    summary: "Say which incident a ticket is about, or that it is about none",
    params,
    body: LinkIncident,
    reply: Ticket,
    confidential: true,
  }),
  readIncidentTickets: route({
    path: ticketIncidentPaths.readIncidentTickets,
    summary: "An incident's tickets by their states, and what their buyers were told",
    params,
    reply: IncidentTickets,
  }),
  tellTicketProgress: route({
    path: ticketIncidentPaths.tellTicketProgress,
    summary: "Tell the buyers of all linked tickets how it goes, each of them once",
    params,
    body: TellProgress,
    reply: ToldProgress,
    status: 201,
  }),
} satisfies Record<string, Route>;

export const ticketIncidentPermissions = {
  listIncidentSuggestions: "tickets.read",
  linkTicketIncident: "tickets.act",
  readIncidentTickets: "tickets.read",
  tellTicketProgress: "incidents.act",
} as const satisfies Record<keyof typeof ticketIncidentRoutes, Permission>;
