import type { drillRoutes as contract } from "@orderwatch/shared/ops/drill-routes.ts";
import { may, type Role } from "@orderwatch/shared/ops/roles.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import type { DrillContext } from "./context.ts";
import { addFollowUp, markFollowUp } from "./follow-up-actions.ts";
import { replayIncident } from "./replay-actions.ts";
import * as runs from "./run-actions.ts";
import { changeDrill } from "./schedule-actions.ts";
import * as views from "./views-actions.ts";

type Contract = typeof contract;
type ByStaff = { staff: { id: string; name: string; role: Role } };

/** Handlers of the drills' routes, by their names in the contract. `changed` hears of each change after its commit. */
export function drillRoutes(context: DrillContext, changed: () => void) {
  const by = ({ staff, request }: ByStaff & { request: { id: string } }) => ({
    staff: { id: staff.id, name: staff.name },
    requestId: request.id,
  });
  const viewer = ({ staff: { id, role } }: ByStaff) => ({ id, mayApprove: may(role, "drills.run") });
  const told = <T>(result: T): T => {
    changed();
    return result;
  };
  return {
    listDrills: (input: ByStaff) => views.listDrills(context, viewer(input)),
    changeDrill: async (input: Parsed<Contract["changeDrill"]> & ByStaff) =>
      await changeDrill(context, by(input), input.params.slug, input.body),
    dryRunDrill: (input: Parsed<Contract["dryRunDrill"]> & ByStaff) =>
      runs.dryRun(context, input.params.slug, viewer(input)),
    startDrill: async (input: Parsed<Contract["startDrill"]> & ByStaff) =>
      told(await runs.startRun(context, by(input), input.params.slug, input.body)),
    replayIncident: async (input: Parsed<Contract["replayIncident"]> & ByStaff) =>
      told(await replayIncident(context, by(input), input.body.incidentId)),
    stopDrills: async (input: Parsed<Contract["stopDrills"]> & ByStaff) =>
      told(await runs.engageStop(context, by(input), input.body.reason)),
    releaseDrills: async (input: Parsed<Contract["releaseDrills"]> & ByStaff) =>
      told(await runs.releaseStop(context, by(input))),
    listDrillRuns: (input: Parsed<Contract["listDrillRuns"]> & ByStaff) =>
      views.listRuns(context, viewer(input), input.query),
    readDrillRun: (input: Parsed<Contract["readDrillRun"]> & ByStaff) =>
      views.readRun(context, viewer(input), input.params.id),
    approveDrillRun: async (input: Parsed<Contract["approveDrillRun"]> & ByStaff) =>
      told(await runs.approveRun(context, by(input), input.params.id)),
    abortDrillRun: async (input: Parsed<Contract["abortDrillRun"]> & ByStaff) =>
      told(await runs.abortRun(context, by(input), input.params.id, input.body.reason)),
    readDrillJournal: async (input: Parsed<Contract["readDrillJournal"]> & ByStaff) => ({
      items: await views.readJournal(context, viewer(input), input.params.id),
      nextCursor: null,
    }),
    addDrillAction: async (input: Parsed<Contract["addDrillAction"]> & ByStaff) =>
      told(await addFollowUp(context, by(input), input.params.id, input.body)),
    changeDrillAction: async (input: Parsed<Contract["changeDrillAction"]> & ByStaff) =>
      told(await markFollowUp(context, by(input), input.params, input.body)),
  };
}
