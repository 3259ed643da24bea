import type { ticketIncidentRoutes as contract } from "@orderwatch/shared/ops/ticket-incident-routes.ts";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import type { AuditContext } from "../audit/actions.ts";
import { readTicket, type TicketContext } from "../tickets/actions.ts";
import * as actions from "./actions.ts";

type Contract = typeof contract;
type ByStaff = { staff: { id: string; name: string } };
type Named<K extends keyof Contract> = Parsed<Contract[K]> & ByStaff;

/** Handlers of what joins tickets and incidents, by their names in the contract. `changed` as in `ticketRoutes`. */
export function ticketIncidentRoutes(context: TicketContext & AuditContext, changed: () => void) {
  const by = ({ staff, request }: ByStaff & { request: { id: string } }) => ({
    staff: { id: staff.id, name: staff.name },
    requestId: request.id,
  });
  return {
    listIncidentSuggestions: ({ params }: Named<"listIncidentSuggestions">) =>
      actions.listSuggestions(context, params.id),
    linkTicketIncident: async (input: Named<"linkTicketIncident">): Promise<Ticket> => {
      await actions.linkByHand(context, by(input), input.params.id, input.body);
      changed();
      return await readTicket(context, input.params.id);
    },
    readIncidentTickets: ({ params }: Named<"readIncidentTickets">) =>
      actions.readIncidentTickets(context, params.id),
    tellTicketProgress: (input: Named<"tellTicketProgress">) =>
      actions.tellProgress(context, by(input), input.params.id, input.body),
  };
}
