import type { Role } from "@orderwatch/shared/ops/roles.ts";
import type { ticketRoutes as contract } from "@orderwatch/shared/ops/ticket-routes.ts";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import * as actions from "./actions.ts";

type Contract = typeof contract;
type ByStaff = { staff: { id: string; name: string; role: Role } };

/** Handlers of the tickets' routes, by their names in the contract. `changed` hears of each change after its commit. */
export function ticketRoutes(context: actions.TicketContext, changed: () => void) {
  const by = ({ staff, request }: ByStaff & { request: { id: string } }) => ({
    staff: { id: staff.id, name: staff.name },
    requestId: request.id,
    role: staff.role,
  });
  const told = async (id: string): Promise<Ticket> => {
    changed();
    return await actions.readTicket(context, id);
  };
  return {
    listTickets: ({ query, staff }: Parsed<Contract["listTickets"]> & ByStaff) =>
      actions.listTickets(context, staff.id, query),
    searchTickets: ({ body, staff }: Parsed<Contract["searchTickets"]> & ByStaff) =>
      actions.listTickets(context, staff.id, body),
    countTickets: ({ staff }: Parsed<Contract["countTickets"]> & ByStaff) =>
      actions.countTickets(context, staff.id),
    openTicket: async (input: Parsed<Contract["openTicket"]> & ByStaff) =>
      await told(await actions.openByHand(context, by(input), input.body)),
    readTicket: ({ params }: Parsed<Contract["readTicket"]>) => actions.readTicket(context, params.id),
    claimTicket: async (input: Parsed<Contract["claimTicket"]> & ByStaff) => {
      await actions.claim(context, by(input), input.params.id);
      return await told(input.params.id);
    },
    claimNextTicket: async (input: Parsed<Contract["claimNextTicket"]> & ByStaff) => {
      const ticketId = await actions.claimNext(context, by(input));
      changed();
      return { ticketId };
    },
    releaseTicket: async (input: Parsed<Contract["releaseTicket"]> & ByStaff) => {
      await actions.release(context, by(input), input.params.id);
      return await told(input.params.id);
    },
    assignTicket: async (input: Parsed<Contract["assignTicket"]> & ByStaff) => {
      await actions.assign(context, by(input), input.params.id, input.body);
      return await told(input.params.id);
    },
    replyTicket: async (input: Parsed<Contract["replyTicket"]> & ByStaff) => {
      await actions.reply(context, by(input), input.params.id, input.body);
      return await told(input.params.id);
    },
    addTicketNote: async (input: Parsed<Contract["addTicketNote"]> & ByStaff) => {
      await actions.addNote(context, by(input), input.params.id, input.body.text);
      return await told(input.params.id);
    },
    prioritizeTicket: async (input: Parsed<Contract["prioritizeTicket"]> & ByStaff) => {
      await actions.prioritize(context, by(input), input.params.id, input.body);
      return await told(input.params.id);
    },
    resolveTicket: async (input: Parsed<Contract["resolveTicket"]> & ByStaff) => {
      await actions.resolve(context, by(input), input.params.id, input.body);
      return await told(input.params.id);
    },
    reopenTicket: async (input: Parsed<Contract["reopenTicket"]> & ByStaff) => {
      await actions.reopen(context, by(input), input.params.id, input.body.reason);
      return await told(input.params.id);
    },
  };
}
