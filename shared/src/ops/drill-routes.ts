import { z } from "zod";
import { Id } from "../ids.ts";
import { list } from "../list.ts";
import { type Route, route } from "../route.ts";
import { drillPaths } from "./drill-paths.ts";
import {
  AbortRun,
  ChangeDrill,
  ChangeDrillAction,
  DrillAction,
  DrillList,
  DrillRun,
  DrillRunSummary,
  DrillStop,
  DrillSummary,
  DryRun,
  EngageStop,
  JournalEntry,
  NewDrillAction,
  Replay,
  RunsQuery,
  StartRun,
} from "./drills.ts";
import type { Permission } from "./roles.ts";

const slugParams = z.object({ slug: z.string().max(64) });
const idParams = z.object({ id: Id });

export const drillRoutes = {
  listDrills: route({
    path: drillPaths.listDrills,
    summary: "All drills with their schedules and scores, what runs now, and whether all are stopped",
    reply: DrillList,
  }),
  changeDrill: route({
    path: drillPaths.changeDrill,
    summary: "Opt in to a drill's schedule, or pause it",
    params: slugParams,
    body: ChangeDrill,
    reply: DrillSummary,
  }),
  dryRunDrill: route({
    path: drillPaths.dryRunDrill,
    summary: "What a drill would touch, by today's figures, and what stands against it; nothing is done",
    params: slugParams,
    reply: DryRun,
  }),
  startDrill: route({
    path: drillPaths.startDrill,
    summary: "Begin a run, now or later",
    params: slugParams,
    body: StartRun,
    reply: DrillRun,
    status: 201,
  }),
  replayIncident: route({
    path: drillPaths.replayIncident,
    summary: "Make a drill of a past incident's faults and the shape of its traffic",
    body: Replay,
    reply: DrillSummary,
    status: 201,
  }),
  stopDrills: route({
    path: drillPaths.stopDrills,
    summary: "End every drill at once, and let none begin until this is released",
    body: EngageStop,
    reply: DrillStop,
  }),
  releaseDrills: route({
    path: drillPaths.releaseDrills,
    summary: "Let drills begin again",
    reply: DrillStop,
  }),
  listDrillRuns: route({
    path: drillPaths.listDrillRuns,
    summary: "Runs, newest first",
    query: RunsQuery,
    reply: list(DrillRunSummary),
  }),
  readDrillRun: route({
    path: drillPaths.readDrillRun,
    summary:
      "One run: its faults, its hypothesis before, now and after, its scorecard and what follows from it",
    params: idParams,
    reply: DrillRun,
  }),
  approveDrillRun: route({
    path: drillPaths.approveDrillRun,
    summary: "Approve a run that needs it; each person counts once",
    params: idParams,
    reply: DrillRun,
  }),
  abortDrillRun: route({
    path: drillPaths.abortDrillRun,
    summary: "End a run now and revert its faults",
    params: idParams,
    body: AbortRun,
    reply: DrillRun,
  }),
  readDrillJournal: route({
    path: drillPaths.readDrillJournal,
    summary: "Everything that was decided and done in a run, in order",
    params: idParams,
    reply: list(JournalEntry),
  }),
  addDrillAction: route({
    path: drillPaths.addDrillAction,
    summary: "Note what is to follow from a run",
    params: idParams,
    body: NewDrillAction,
    reply: DrillAction,
    status: 201,
  }),
  changeDrillAction: route({
    path: drillPaths.changeDrillAction,
    summary: "Mark what follows from a run as done, or as open again",
    params: z.object({ id: Id, actionId: Id }),
    body: ChangeDrillAction,
    reply: DrillAction,
  }),
} satisfies Record<string, Route>;

export const drillPermissions = {
  listDrills: "drills.read",
  changeDrill: "drills.run",
  dryRunDrill: "drills.read",
  startDrill: "drills.run",
  replayIncident: "drills.run",
  stopDrills: "drills.stop",
  releaseDrills: "drills.run",
  listDrillRuns: "drills.read",
  readDrillRun: "drills.read",
  approveDrillRun: "drills.run",
  abortDrillRun: "drills.stop",
  readDrillJournal: "drills.read",
  addDrillAction: "drills.follow_up",
  changeDrillAction: "drills.follow_up",
} as const satisfies Record<keyof typeof drillRoutes, Permission>;
