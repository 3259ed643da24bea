import type { incidentRoutes as contract } from "@orderwatch/shared/ops/incident-routes.ts";
import type { IncidentDetail } from "@orderwatch/shared/ops/incidents.ts";
import type { Role } from "@orderwatch/shared/ops/roles.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import type { RepairContext } from "../orders/actions.ts";
import * as actions from "./actions.ts";

type Contract = typeof contract;
type ByStaff = { staff: { id: string; name: string; role: Role } };

/** Handlers of the incidents' routes, by their names in the contract. `changed` hears of each change after its commit. */
export function incidentRoutes(
  context: actions.IncidentContext & { repairs: RepairContext },
  changed: () => void,
) {
  const by = ({ staff, request }: ByStaff & { request: { id: string } }) => ({
    staff: { id: staff.id, name: staff.name },
    requestId: request.id,
    role: staff.role,
  });
  const told = async (id: string): Promise<IncidentDetail> => {
    changed();
    return await actions.readIncident(context, id);
  };
  return {
    listIncidents: ({ query }: Parsed<Contract["listIncidents"]>) => actions.listIncidents(context, query),
    readIncident: ({ params }: Parsed<Contract["readIncident"]>) => actions.readIncident(context, params.id),
    declareIncident: async (input: Parsed<Contract["declareIncident"]> & ByStaff) =>
      await told(await actions.declare(context, by(input), input.body)),
    transitionIncident: async (input: Parsed<Contract["transitionIncident"]> & ByStaff) => {
      await actions.transition(context, by(input), input.params.id, input.body);
      return await told(input.params.id);
    },
    changeIncidentLevel: async (input: Parsed<Contract["changeIncidentLevel"]> & ByStaff) => {
      await actions.changeLevel(context, by(input), input.params.id, input.body);
      return await told(input.params.id);
    },
    assignIncidentRole: async (input: Parsed<Contract["assignIncidentRole"]> & ByStaff) => {
      await actions.assignRole(context, by(input), input.params.id, input.body);
      return await told(input.params.id);
    },
    addIncidentNote: async (input: Parsed<Contract["addIncidentNote"]> & ByStaff) => {
      await actions.addNote(context, by(input), input.params.id, input.body);
      return await told(input.params.id);
    },
    mergeIncident: async (input: Parsed<Contract["mergeIncident"]> & ByStaff) => {
      await actions.merge(context, by(input), input.params.id, input.body);
      return await told(input.body.into);
    },
    listAffectedOrders: ({ params, query }: Parsed<Contract["listAffectedOrders"]>) =>
      actions.listOrders(context, params.id, query),
    actOnAffectedOrders: async (input: Parsed<Contract["actOnAffectedOrders"]> & ByStaff) => {
      const done = await actions.actOnOrders(context, by(input), input.params.id, input.body);
      changed();
      return done;
    },
  };
}
