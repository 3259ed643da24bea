import type { drillRoutes as contract } from "@orderwatch/shared/ops/drill-routes.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import * as followUps from "./actions-store.ts";
import type { DrillContext } from "./context.ts";
import { replayIncident } from "./replay-actions.ts";
import * as runs from "./run-actions.ts";
import { changeDrill } from "./schedule-actions.ts";
import { staffMember } from "./store.ts";
import * as views from "./views-actions.ts";

type Contract = typeof contract;
type ByStaff = { staff: { id: string; name: string } };

/** Handlers of the drills' routes, by their names in the contract. `changed` hears of each change after its commit. */
export function drillRoutes(context: DrillContext, changed: () => void) {
  const by = ({ staff, request }: ByStaff & { request: { id: string } }) => ({
    staff: { id: staff.id, name: staff.name },
    requestId: request.id,
  });
  const told = <T>(result: T): T => {
    changed();
    return result;
  };
  return {
    listDrills: () => views.listDrills(context),
    changeDrill: async (input: Parsed<Contract["changeDrill"]> & ByStaff) =>
      await changeDrill(context, by(input), input.params.slug, input.body),
    dryRunDrill: ({ params }: Parsed<Contract["dryRunDrill"]>) => runs.dryRun(context, params.slug),
    startDrill: async (input: Parsed<Contract["startDrill"]> & ByStaff) =>
      told(await runs.startRun(context, by(input), input.params.slug, input.body)),
    replayIncident: async (input: Parsed<Contract["replayIncident"]> & ByStaff) =>
      told(await replayIncident(context, by(input), input.body.incidentId)),
    stopDrills: async (input: Parsed<Contract["stopDrills"]> & ByStaff) =>
      told(await runs.engageStop(context, by(input), input.body.reason)),
    releaseDrills: async (input: Parsed<Contract["releaseDrills"]> & ByStaff) =>
      told(await runs.releaseStop(context, by(input))),
    listDrillRuns: ({ query }: Parsed<Contract["listDrillRuns"]>) => views.listRuns(context, query),
    readDrillRun: ({ params }: Parsed<Contract["readDrillRun"]>) => views.readRun(context, params.id),
    approveDrillRun: async (input: Parsed<Contract["approveDrillRun"]> & ByStaff) =>
      told(await runs.approveRun(context, by(input), input.params.id)),
    abortDrillRun: async (input: Parsed<Contract["abortDrillRun"]> & ByStaff) =>
      told(await runs.abortRun(context, by(input), input.params.id, input.body.reason)),
    readDrillJournal: async ({ params }: Parsed<Contract["readDrillJournal"]>) => ({
      items: await views.readJournal(context, params.id),
      nextCursor: null,
    }),
    addDrillAction: async (input: Parsed<Contract["addDrillAction"]> & ByStaff) => {
      const run = await views.readRun(context, input.params.id);
      const { text, ownerId, dueOn } = input.body;
      const owner = ownerId === undefined ? null : await staffMember(context.db.sql, ownerId);
      if (owner === undefined)
        throw new DomainError("request.invalid", "ownerId: nobody here has this id", {
          errors: [{ path: "ownerId", message: "nobody here has this id" }],
        });
      const action = { id: context.newId(), runId: run.id, text, owner, dueOn: dueOn ?? null };
      return told(await followUps.addAction(context.db.sql, action, context.clock.now()));
    },
    changeDrillAction: async ({ params, body }: Parsed<Contract["changeDrillAction"]>) => {
      const doneAt = body.done ? context.clock.now() : null;
      const changedAction = await followUps.setDone(context.db.sql, {
        ...{ id: params.actionId, runId: params.id, doneAt },
      });
      if (!changedAction) throw new DomainError("drill_run.not_found", "This run has no such action");
      return told(changedAction);
    },
  };
}
