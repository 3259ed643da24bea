import { z } from "zod";
import { Id } from "../ids.ts";
import { list } from "../list.ts";
import { type Route, route } from "../route.ts";
import { PublicPhase } from "../shop/status.ts";
import { publicUpdatePaths } from "./public-update-paths.ts";
import { ProposeUpdate, PublicUpdate, UpdateTemplate } from "./public-updates.ts";
import type { Permission } from "./roles.ts";

const params = z.object({ id: Id });
const updateParams = z.object({ id: Id, updateId: Id });

export const publicUpdateRoutes = {
  listPublicUpdates: route({
    path: publicUpdatePaths.listPublicUpdates,
    summary: "What the public was told of an incident, and what waits for approval; newest first",
    params,
    reply: list(PublicUpdate),
  }),
  readUpdateTemplate: route({
    path: publicUpdatePaths.readUpdateTemplate,
    summary: "Words for the public in both languages, by the incident's level and what it struck",
    params,
    query: z.strictObject({ phase: PublicPhase }),
    reply: UpdateTemplate,
  }),
  proposeUpdate: route({
    path: publicUpdatePaths.proposeUpdate,
    summary: "Tell the public; at level 1 somebody else has to approve it first",
    params,
    body: ProposeUpdate,
    reply: PublicUpdate,
    status: 201,
  }),
  publishUpdate: route({
    path: publicUpdatePaths.publishUpdate,
    summary: "Approve what a colleague proposed: the public reads it from now on",
    params: updateParams,
    reply: PublicUpdate,
  }),
  withdrawUpdate: route({
    path: publicUpdatePaths.withdrawUpdate,
    summary: "Take back what was proposed and not yet published",
    params: updateParams,
    reply: PublicUpdate,
  }),
} satisfies Record<string, Route>;

export const publicUpdatePermissions = {
  listPublicUpdates: "incidents.read",
  readUpdateTemplate: "incidents.read",
  proposeUpdate: "status.publish",
  publishUpdate: "status.publish",
  withdrawUpdate: "status.publish",
} as const satisfies Record<keyof typeof publicUpdateRoutes, Permission>;
