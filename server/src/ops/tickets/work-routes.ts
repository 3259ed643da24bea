import type { Role } from "@orderwatch/shared/ops/roles.ts";
import type { ticketWorkRoutes as contract } from "@orderwatch/shared/ops/ticket-work-routes.ts";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import * as actions from "./actions.ts";
import { changeAgent, listAgents } from "./agent-actions.ts";
import { cancelCall, planCall, recordCall } from "./call-actions.ts";
import { revealContact } from "./contact-actions.ts";
import { exportTickets } from "./export-actions.ts";
import { answerHandoff, type HandoffContext, offerHandoff, withdrawHandoff } from "./handoff-actions.ts";
import { mergeTicket, splitTicket } from "./merge-actions.ts";
import {
  changeSupportPolicy,
  createSupportPolicy,
  deleteSupportPolicy,
  listSupportPolicies,
} from "./policy-actions.ts";
import { listCalls, readTicketContext } from "./work-actions.ts";

type Contract = typeof contract;
type ByStaff = { staff: { id: string; name: string; role: Role } };
type Named<K extends keyof Contract> = Parsed<Contract[K]> & ByStaff;

/** Handlers of what is done with tickets besides answering, by their names in the contract. `changed` as in `ticketRoutes`. */
export function ticketWorkRoutes(context: HandoffContext, changed: () => void) {
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
    handoffTicket: async (input: Named<"handoffTicket">) => {
      await offerHandoff(context, by(input), input.params.id, input.body);
      return await told(input.params.id);
    },
    answerHandoff: async (input: Named<"answerHandoff">) => {
      await answerHandoff(context, by(input), input.params.id, input.body);
      return await told(input.params.id);
    },
    withdrawHandoff: async (input: Named<"withdrawHandoff">) => {
      await withdrawHandoff(context, by(input), input.params.id);
      return await told(input.params.id);
    },
    readTicketContext: ({ params, query }: Named<"readTicketContext">) =>
      readTicketContext(context, params.id, query),
    revealContact: async (input: Named<"revealContact">) => {
      const revealed = await revealContact(context, by(input), input.params.id, input.body);
      changed();
      return revealed;
    },
    listCalls: ({ query }: Named<"listCalls">) => listCalls(context, query),
    planCall: async (input: Named<"planCall">) => {
      await planCall(context, by(input), input.params.id, input.body);
      return await told(input.params.id);
    },
    recordCall: async (input: Named<"recordCall">) => {
      const { id, callId } = input.params;
      await recordCall(context, by(input), { ticketId: id, callId }, input.body);
      return await told(id);
    },
    cancelCall: async (input: Named<"cancelCall">) => {
      const { id, callId } = input.params;
      await cancelCall(context, by(input), { ticketId: id, callId }, input.body);
      return await told(id);
    },
    mergeTicket: async (input: Named<"mergeTicket">) => {
      await mergeTicket(context, by(input), input.params.id, input.body);
      return await told(input.body.into);
    },
    splitTicket: async (input: Named<"splitTicket">) =>
      await told(await splitTicket(context, by(input), input.params.id, input.body)),
    exportTickets: (input: Named<"exportTickets">) => exportTickets(context, by(input), input.body),
    listAgents: () => listAgents(context),
    changeAgent: (input: Named<"changeAgent">) =>
      changeAgent(context, by(input), input.params.id, input.body),
    listSupportPolicies: () => listSupportPolicies(context),
    createSupportPolicy: (input: Named<"createSupportPolicy">) =>
      createSupportPolicy(context, by(input), input.body),
    changeSupportPolicy: (input: Named<"changeSupportPolicy">) =>
      changeSupportPolicy(context, by(input), input.params.id, input.body),
    deleteSupportPolicy: (input: Named<"deleteSupportPolicy">) =>
      deleteSupportPolicy(context, by(input), input.params.id),
  };
}
