import { z } from "zod";
import { Id } from "../ids.ts";
import { type Route, route } from "../route.ts";
import { languages } from "../words.ts";
import { postmortemPaths } from "./postmortem-paths.ts";
import { EditPostmortem, IncidentFigures, Postmortem } from "./postmortems.ts";
import type { Permission } from "./roles.ts";

const params = z.object({ id: Id });
const language = z.strictObject({ language: z.enum(languages).default("zh-CN") });

/** To be mounted ahead of the incidents' own: `figures` is no id. */
export const postmortemRoutes = {
  readFigures: route({
    path: postmortemPaths.readFigures,
    summary: "MTTD, MTTA, MTTM and MTTR per level over incidents opened in a time; buyers' alone",
    query: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }),
    reply: IncidentFigures,
  }),
  readPostmortem: route({
    path: postmortemPaths.readPostmortem,
    summary: "An incident's postmortem, assembled from its timeline, also as Markdown",
    params,
    query: language,
    reply: Postmortem,
  }),
  editPostmortem: route({
    path: postmortemPaths.editPostmortem,
    summary: "Write what people add: summary, contributing factors, actions; and publish it",
    params,
    query: language,
    body: EditPostmortem,
    reply: Postmortem,
  }),
} satisfies Record<string, Route>;

export const postmortemPermissions = {
  readFigures: "incidents.read",
  readPostmortem: "incidents.read",
  editPostmortem: "postmortems.write",
} as const satisfies Record<keyof typeof postmortemRoutes, Permission>;
