import { z } from "zod";
import { Id } from "../ids.ts";
import { list } from "../list.ts";
import { type Route, route } from "../route.ts";
import { incidentPaths } from "./incident-paths.ts";
import {
  ActOnOrders,
  AddNote,
  AffectedOrder,
  AffectedOrdersQuery,
  AssignRole,
  ChangeLevel,
  DeclareIncident,
  Incident,
  IncidentDetail,
  IncidentsQuery,
  MergeIncident,
  OrderActionResults,
  TransitionIncident,
} from "./incidents.ts";
import type { Permission } from "./roles.ts";

const params = z.object({ id: Id });

export const incidentRoutes = {
  listIncidents: route({
    path: incidentPaths.listIncidents,
    summary: "Incidents, newest first",
    query: IncidentsQuery,
    reply: list(Incident),
  }),
  declareIncident: route({
    path: incidentPaths.declareIncident,
    summary: "Declare an incident by hand",
    body: DeclareIncident,
    reply: IncidentDetail,
    status: 201,
  }),
  readIncident: route({
    path: incidentPaths.readIncident,
    summary: "One incident with its timeline and what was like it before",
    params,
    reply: IncidentDetail,
  }),
  transitionIncident: route({
    path: incidentPaths.transitionIncident,
    summary: "Acknowledge, mitigate, watch, resolve, review, or call it a false alarm",
    params,
    body: TransitionIncident,
    reply: IncidentDetail,
  }),
  changeIncidentLevel: route({
    path: incidentPaths.changeIncidentLevel,
    summary: "Change the level; its deadlines follow",
    params,
    body: ChangeLevel,
    reply: IncidentDetail,
  }),
  assignIncidentRole: route({
    path: incidentPaths.assignIncidentRole,
    summary: "Give somebody a role in it, or take it away",
    params,
    body: AssignRole,
    reply: IncidentDetail,
  }),
  addIncidentNote: route({
    path: incidentPaths.addIncidentNote,
    summary: "Add to its timeline, or correct an entry by another",
    params,
    body: AddNote,
    reply: IncidentDetail,
  }),
  mergeIncident: route({
    path: incidentPaths.mergeIncident,
    summary: "Merge a duplicate into another incident, alerts and affected orders included",
    params,
    body: MergeIncident,
    reply: IncidentDetail,
  }),
  listAffectedOrders: route({
    path: incidentPaths.listAffectedOrders,
    summary: "Orders that it affected, newest first, and how each ended",
    params,
    query: AffectedOrdersQuery,
    reply: list(AffectedOrder),
  }),
  actOnAffectedOrders: route({
    path: incidentPaths.actOnAffectedOrders,
    summary: "Deliver again, refund or waive many of them; each has its own result",
    params,
    body: ActOnOrders,
    reply: OrderActionResults,
  }),
} satisfies Record<string, Route>;

export const incidentPermissions = {
  listIncidents: "incidents.read",
  declareIncident: "incidents.declare",
  readIncident: "incidents.read",
  transitionIncident: "incidents.act",
  changeIncidentLevel: "incidents.act",
  assignIncidentRole: "incidents.act",
  addIncidentNote: "incidents.declare",
  mergeIncident: "incidents.act",
  listAffectedOrders: "incidents.read",
  actOnAffectedOrders: "orders.redeliver",
} as const satisfies Record<keyof typeof incidentRoutes, Permission>;
