import { z } from "zod";
import { Id } from "../ids.ts";
import { list } from "../list.ts";
import { route } from "../route.ts";
import {
  AskBuyerCode,
  Buyer,
  BuyerDetails,
  BuyerExport,
  BuyerHistoryOrder,
  BuyerSession,
  DeleteBuyer,
  SignInBuyer,
} from "./buyers.ts";
import { WatchOrder } from "./news.ts";
import { FindOrders, OrdersSought } from "./order-lookups.ts";
import { shopPaths } from "./paths.ts";

/** What is for signed-in buyers alone needs their session as a bearer token. */
export const buyerRoutes = {
  findOrders: route({
    path: shopPaths.findOrders,
    summary:
      "Have the links to one's orders sent to the contact they were placed with; the answer says nothing of whether there are any",
    body: FindOrders,
    reply: OrdersSought,
    status: 202,
    confidential: true,
  }),
  askBuyerCode: route({
    path: shopPaths.askBuyerCode,
    summary: "A sign-in code by SMS; the answer says nothing of who has this number",
    body: AskBuyerCode,
    reply: z.void(),
    status: 204,
    confidential: true,
  }),
  signInBuyer: route({
    path: shopPaths.signInBuyer,
    summary: "Sign in with the code; the device and its orders become the buyer's",
    body: SignInBuyer,
    reply: BuyerSession,
    status: 201,
    confidential: true,
  }),
  signOutBuyer: route({
    path: shopPaths.signOutBuyer,
    summary: "End the session; the device's later orders are not the buyer's",
    reply: z.void(),
    status: 204,
    confidential: true,
  }),
  readBuyer: route({
    path: shopPaths.readBuyer,
    summary: "Who is signed in, with what they filled in last",
    reply: Buyer,
    confidential: true,
  }),
  keepBuyerDetails: route({
    path: shopPaths.keepBuyerDetails,
    summary: "Keep what was filled in last, for every device of the buyer",
    body: BuyerDetails,
    reply: z.void(),
    status: 204,
    confidential: true,
  }),
  listBuyerOrders: route({
    path: shopPaths.listBuyerOrders,
    summary: "The orders of the buyer's devices and phone, newest first, each with its token",
    reply: list(BuyerHistoryOrder),
    confidential: true,
  }),
  exportBuyer: route({
    path: shopPaths.exportBuyer,
    summary: "Everything that the shop knows of the buyer",
    reply: BuyerExport,
    confidential: true,
  }),
  deleteBuyer: route({
    path: shopPaths.deleteBuyer,
    summary:
      "Forget the buyer; orders stay without whom they were for, and a balance only goes where it is named",
    query: DeleteBuyer,
    reply: z.void(),
    status: 204,
    confidential: true,
  }),
  watchOrder: route({
    path: shopPaths.watchOrder,
    summary: "Tell this browser how the order ends; needs the order's token",
    params: z.object({ id: Id }),
    body: WatchOrder,
    reply: z.void(),
    status: 204,
    confidential: true,
  }),
};
