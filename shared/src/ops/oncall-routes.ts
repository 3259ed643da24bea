import { z } from "zod";
import { Id } from "../ids.ts";
import { list } from "../list.ts";
import { type Route, route } from "../route.ts";
import {
  Escalation,
  NewOverride,
  NewPolicy,
  NewRota,
  NewSwap,
  NewTestPage,
  OnCallPerson,
  OnDuty,
  Override,
  Policy,
  PolicyChange,
  Readiness,
  Rota,
  RotaChange,
  Schedule,
  ScheduleQuery,
  TestPage,
} from "./oncall.ts";
import { onCallPaths } from "./oncall-paths.ts";
import type { Permission } from "./roles.ts";

const params = z.object({ id: Id });

/** Who is on duty, and who is paged when. */
export const onCallRoutes = {
  listOnCallPeople: route({
    path: onCallPaths.listOnCallPeople,
    summary: "Everybody who can be put on a rota",
    reply: list(OnCallPerson),
  }),
  listOnDuty: route({
    path: onCallPaths.listOnDuty,
    summary: "Who is on duty now, in every rota",
    reply: list(OnDuty),
  }),
  readReadiness: route({
    path: onCallPaths.readReadiness,
    summary: "Who could not be reached, when nobody would be on duty, and why",
    reply: Readiness,
  }),
  sendTestPage: route({
    path: onCallPaths.sendTestPage,
    summary: "Page somebody as an incident would, to see that it arrives",
    body: NewTestPage,
    reply: TestPage,
    status: 202,
  }),
  readTestPage: route({
    path: onCallPaths.readTestPage,
    summary: "What became of a test page",
    params,
    reply: TestPage,
  }),
  listRotas: route({ path: onCallPaths.listRotas, summary: "All rotas", reply: list(Rota) }),
  createRota: route({
    path: onCallPaths.createRota,
    summary: "Add a rota",
    body: NewRota,
    reply: Rota,
    status: 201,
  }),
  readRota: route({ path: onCallPaths.readRota, summary: "One rota", params, reply: Rota }),
  changeRota: route({
    path: onCallPaths.changeRota,
    summary: "Replace a rota's layers, holidays and name; refused when somebody changed it meanwhile",
    params,
    body: RotaChange,
    reply: Rota,
  }),
  deleteRota: route({
    path: onCallPaths.deleteRota,
    summary: "Remove a rota that no policy pages",
    params,
    reply: z.void(),
    status: 204,
  }),
  readSchedule: route({
    path: onCallPaths.readSchedule,
    summary: "Who is on duty when, over at most 100 days, exactly as the pager would find it",
    params,
    query: ScheduleQuery,
    reply: Schedule,
  }),
  listOverrides: route({
    path: onCallPaths.listOverrides,
    summary: "A rota's overrides and swaps that have not ended",
    params,
    reply: list(Override),
  }),
  createOverride: route({
    path: onCallPaths.createOverride,
    summary: "Put somebody on duty for a while, whatever the layers say",
    params,
    body: NewOverride,
    reply: Override,
    status: 201,
  }),
  swapShifts: route({
    path: onCallPaths.swapShifts,
    summary: "Let two people change shifts; each stretch must have one person throughout",
    params,
    body: NewSwap,
    reply: list(Override),
    status: 201,
  }),
  deleteOverride: route({
    path: onCallPaths.deleteOverride,
    summary: "Take back an override, or both halves of a swap",
    params,
    reply: z.void(),
    status: 204,
  }),
  listPolicies: route({
    path: onCallPaths.listPolicies,
    summary: "Escalation policies: whom incidents page, in which order",
    reply: list(Policy),
  }),
  createPolicy: route({
    path: onCallPaths.createPolicy,
    summary: "Add an escalation policy",
    body: NewPolicy,
    reply: Policy,
    status: 201,
  }),
  changePolicy: route({
    path: onCallPaths.changePolicy,
    summary: "Replace a policy, or give it levels; incidents under way keep the one they began with",
    params,
    body: PolicyChange,
    reply: Policy,
  }),
  deletePolicy: route({
    path: onCallPaths.deletePolicy,
    summary: "Remove a policy that serves no level",
    params,
    reply: z.void(),
    status: 204,
  }),
  readEscalation: route({
    path: onCallPaths.readEscalation,
    summary: "Who was paged for an incident, what became of it and what is next",
    params,
    reply: Escalation,
  }),
} satisfies Record<string, Route>;

export const onCallPermissions: Record<keyof typeof onCallRoutes, Permission> = {
  listOnCallPeople: "oncall.read",
  listOnDuty: "oncall.read",
  readReadiness: "oncall.read",
  sendTestPage: "oncall.override",
  readTestPage: "oncall.read",
  listRotas: "oncall.read",
  createRota: "oncall.write",
  readRota: "oncall.read",
  changeRota: "oncall.write",
  deleteRota: "oncall.write",
  readSchedule: "oncall.read",
  listOverrides: "oncall.read",
  createOverride: "oncall.override",
  swapShifts: "oncall.override",
  deleteOverride: "oncall.override",
  listPolicies: "oncall.read",
  createPolicy: "oncall.write",
  changePolicy: "oncall.write",
  deletePolicy: "oncall.write",
  readEscalation: "oncall.read",
};
