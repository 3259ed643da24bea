import type { buyerMessageRoutes as contract } from "@orderwatch/shared/ops/buyer-message-routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import {
  approveBuyerMessage,
  type BuyerMessagesContext,
  listBuyerMessages,
  proposeBuyerMessage,
  readBuyerDraft,
  withdrawBuyerMessage,
} from "./actions.ts";

type Contract = typeof contract;
type ByStaff = { staff: { id: string; name: string } };

/** Handlers of what affected buyers are told, by their names in the contract. */
export function buyerMessageRoutes(context: BuyerMessagesContext) {
  const by = ({ staff, request }: ByStaff & { request: { id: string } }) => ({
    staff,
    requestId: request.id,
  });
  return {
    listBuyerMessages: ({ params }: Parsed<Contract["listBuyerMessages"]>) =>
      listBuyerMessages(context, params.id),
    readBuyerDraft: ({ params, staff }: Parsed<Contract["readBuyerDraft"]> & ByStaff) =>
      readBuyerDraft(context, staff, params.id),
    proposeBuyerMessage: (input: Parsed<Contract["proposeBuyerMessage"]> & ByStaff) =>
      proposeBuyerMessage(context, by(input), input.params.id, input.body),
    approveBuyerMessage: (input: Parsed<Contract["approveBuyerMessage"]> & ByStaff) =>
      approveBuyerMessage(
        context,
        by(input),
        { incidentId: input.params.id, id: input.params.messageId },
        input.body.reason,
      ),
    withdrawBuyerMessage: (input: Parsed<Contract["withdrawBuyerMessage"]> & ByStaff) =>
      withdrawBuyerMessage(context, by(input), { incidentId: input.params.id, id: input.params.messageId }),
  };
}
