import { list } from "../list.ts";
import { type Route, route } from "../route.ts";
import { Funnel, FunnelQuery, VisitPath, VisitsQuery } from "./funnel.ts";
import { funnelPaths } from "./funnel-paths.ts";
import type { Permission } from "./roles.ts";

export const funnelRoutes = {
  readFunnel: route({
    path: funnelPaths.readFunnel,
    summary: "How far the visits of a window came, where they were lost, and how that differs from normal",
    query: FunnelQuery,
    reply: Funnel,
  }),
  listVisits: route({
    path: funnelPaths.listVisits,
    summary: "The visits behind a step, newest first, each with its steps and orders",
    query: VisitsQuery,
    reply: list(VisitPath),
    confidential: true,
  }),
} satisfies Record<string, Route>;

export const funnelPermissions = {
  readFunnel: "paths.read",
  listVisits: "paths.read",
} as const satisfies Record<keyof typeof funnelRoutes, Permission>;
