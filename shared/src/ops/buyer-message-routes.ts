import { z } from "zod";
import { Id } from "../ids.ts";
import { list } from "../list.ts";
import { type Route, route } from "../route.ts";
import { buyerMessagePaths } from "./buyer-message-paths.ts";
import { ApproveBuyerMessage, BuyerDraft, BuyerMessage, ProposeBuyerMessage } from "./buyer-messages.ts";
import type { Permission } from "./roles.ts";

const params = z.object({ id: Id });
const messageParams = z.object({ id: Id, messageId: Id });

export const buyerMessageRoutes = {
  listBuyerMessages: route({
    path: buyerMessagePaths.listBuyerMessages,
    summary: "What the buyers of affected orders were told, to how many, and what became of it; newest first",
    params,
    reply: list(BuyerMessage),
  }),
  readBuyerDraft: route({
    path: buyerMessagePaths.readBuyerDraft,
    summary: "Words for the affected buyers in both languages, and how many would be told by what",
    params,
    reply: BuyerDraft,
  }),
  proposeBuyerMessage: route({
    path: buyerMessagePaths.proposeBuyerMessage,
    summary: "Tell the affected buyers; at level 1 somebody else has to approve it first",
    params,
    body: ProposeBuyerMessage,
    reply: BuyerMessage,
    status: 201,
  }),
  approveBuyerMessage: route({
    path: buyerMessagePaths.approveBuyerMessage,
    summary: "Approve what a colleague proposed: the buyers are told from now on",
    params: messageParams,
    body: ApproveBuyerMessage,
    reply: BuyerMessage,
  }),
  withdrawBuyerMessage: route({
    path: buyerMessagePaths.withdrawBuyerMessage,
    summary: "Take back what was proposed and not yet approved",
    params: messageParams,
    reply: BuyerMessage,
  }),
} satisfies Record<string, Route>;

export const buyerMessagePermissions = {
  listBuyerMessages: "incidents.read",
  readBuyerDraft: "incidents.read",
  proposeBuyerMessage: "status.publish",
  approveBuyerMessage: "status.publish",
  withdrawBuyerMessage: "status.publish",
} as const satisfies Record<keyof typeof buyerMessageRoutes, Permission>;
