import { z } from "zod";
import { Id } from "../ids.ts";
import { list } from "../list.ts";
import { type Route, route } from "../route.ts";
import type { Permission } from "./roles.ts";
import { runbookPaths } from "./runbook-paths.ts";
import { RunbookRun, RunbookSummary, RunStep } from "./runbooks.ts";
import { NewThirdParty, ThirdParty } from "./third-parties.ts";

const idParams = z.object({ id: Id });

export const runbookRoutes = {
  listRunbooks: route({
    path: runbookPaths.listRunbooks,
    summary: "What to do when something breaks, one for each kind of it",
    reply: list(RunbookSummary),
  }),
  readRunbook: route({
    path: runbookPaths.readRunbook,
    summary:
      "An incident's runbook: its steps, what each would do now, and what became of those that were executed",
    params: idParams,
    query: z.object({ slug: z.string().max(64).optional() }),
    reply: RunbookRun,
    confidential: true,
  }),
  runRunbookStep: route({
    path: runbookPaths.runRunbookStep,
    summary: "Execute a step: tick it, answer it, have it act, or take back what it did",
    params: z.object({ id: Id, stepId: z.string().max(64) }),
    query: z.object({ slug: z.string().max(64).optional() }),
    body: RunStep,
    reply: RunbookRun,
    confidential: true,
  }),
  listThirdParties: route({
    path: runbookPaths.listThirdParties,
    summary: "The companies that we depend on: whom to call, and what they owe us",
    reply: list(ThirdParty),
    confidential: true,
  }),
  createThirdParty: route({
    path: runbookPaths.createThirdParty,
    summary: "Add a company",
    body: NewThirdParty,
    reply: ThirdParty,
    status: 201,
    confidential: true,
  }),
  changeThirdParty: route({
    path: runbookPaths.changeThirdParty,
    summary: "Write a company's data anew",
    params: idParams,
    body: NewThirdParty,
    reply: ThirdParty,
    confidential: true,
  }),
  removeThirdParty: route({
    path: runbookPaths.removeThirdParty,
    summary: "Remove a company; what was done with it stays in the timelines",
    params: idParams,
    reply: z.void(),
    status: 204,
  }),
} satisfies Record<string, Route>;

export const runbookPermissions = {
  listRunbooks: "runbooks.read",
  readRunbook: "runbooks.read",
  runRunbookStep: "runbooks.run",
  listThirdParties: "third_parties.read",
  createThirdParty: "third_parties.write",
  changeThirdParty: "third_parties.write",
  removeThirdParty: "third_parties.write",
} as const satisfies Record<keyof typeof runbookRoutes, Permission>;
