import type { Role } from "@orderwatch/shared/ops/roles.ts";
import type { ticketWorkRoutes as contract } from "@orderwatch/shared/ops/ticket-work-routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import { readTicket } from "../tickets/actions.ts";
import { type AnswersContext, listAnswers, previewAnswer, sendAnswer } from "./actions.ts";

type Contract = typeof contract;
type ByStaff = { staff: { id: string; name: string; role: Role } };

/** Handlers of the ready answers' routes, by their names in the contract. `changed` hears of each change after its commit. */
export function answerRoutes(context: AnswersContext, changed: () => void) {
  return {
    listAnswers: ({ query }: Parsed<Contract["listAnswers"]>) => listAnswers(context, query),
    previewAnswer: ({ params, body, staff }: Parsed<Contract["previewAnswer"]> & ByStaff) =>
      previewAnswer(context, staff, params.id, body),
    sendAnswer: async ({ params, body, staff, request }: Parsed<Contract["sendAnswer"]> & ByStaff) => {
      const by = { staff: { id: staff.id, name: staff.name }, role: staff.role, requestId: request.id };
      await sendAnswer(context, by, params.id, body);
      changed();
      return await readTicket(context, params.id);
    },
  };
}
