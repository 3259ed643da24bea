import { type Route, route } from "../route.ts";
import { LeverChange, LeversView } from "./levers.ts";
import type { Permission } from "./roles.ts";
import { leverPaths } from "./runbook-paths.ts";

export const leverRoutes = {
  readLevers: route({
    path: leverPaths.readLevers,
    summary: "What the shop refuses or limits by hand, and which nodes know",
    reply: LeversView,
  }),
  changeLevers: route({
    path: leverPaths.changeLevers,
    summary: "Pause payment methods, limit purchases or shed load; all nodes follow within a second",
    body: LeverChange,
    reply: LeversView,
  }),
} satisfies Record<string, Route>;

export const leverPermissions = {
  readLevers: "levers.read",
  changeLevers: "levers.change",
} as const satisfies Record<keyof typeof leverRoutes, Permission>;
