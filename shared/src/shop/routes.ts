import { z } from "zod";
import { Id } from "../ids.ts";
import { list } from "../list.ts";
import { route } from "../route.ts";
import { Beacons } from "./beacons.ts";
import { buyerRoutes } from "./buyer-routes.ts";
import { Product, Sku } from "./catalog.ts";
import { AskRestockNotice } from "./news.ts";
import { BuyerOrder, PaymentOffer, PayOrder, PlacedOrder, PlaceOrder } from "./orders.ts";
import { shopPaths } from "./paths.ts";
import { Recommendations } from "./recommendations.ts";
import { PublicStatus } from "./status.ts";
import { EndSubscription, StatusSubscription, SubscriptionToken } from "./status-subscriptions.ts";
import {
  AskForCall,
  AskForCallWithoutOrder,
  Conversation,
  CorrectAccount,
  RateAnswer,
  WriteMessage,
} from "./support.ts";

const orderParams = z.object({ id: Id });

/** The shop's public contract. */
export const shopRoutes = {
  listProducts: route({
    path: shopPaths.listProducts,
    summary: "What is for sale, with its stock level",
    reply: list(Product),
  }),
  readProduct: route({
    path: shopPaths.readProduct,
    summary: "One product that is for sale",
    params: z.object({ sku: Sku }),
    reply: Product,
  }),
  placeOrder: route({
    path: shopPaths.placeOrder,
    summary: "Place an order; repeat it under the same Idempotency-Key as often as needed",
    body: PlaceOrder,
    reply: PlacedOrder,
    status: 201,
    confidential: true,
  }),
  readOrder: route({
    path: shopPaths.readOrder,
    summary: "An order with its state, failure, codes and events; needs the order's token",
    params: orderParams,
    reply: BuyerOrder,
    confidential: true,
  }),
  followOrder: route({
    path: shopPaths.followOrder,
    summary:
      "Server-sent events: `changed` whenever the order is to be read again; needs the order's token, refused first under load",
    params: orderParams,
    reply: z.string(),
    confidential: true,
  }),
  payOrder: route({
    path: shopPaths.payOrder,
    summary:
      "A new payment for an unpaid order, or all of it from its signed-in buyer's balance at once; the earlier one is closed",
    params: orderParams,
    body: PayOrder,
    reply: PaymentOffer,
    confidential: true,
  }),
  readConversation: route({
    path: shopPaths.readConversation,
    summary: "What buyer and shop said to each other about an order; needs the order's token",
    params: orderParams,
    reply: Conversation,
    confidential: true,
  }),
  writeMessage: route({
    path: shopPaths.writeMessage,
    summary: "Write to support about an order; what was settled is opened again by it",
    params: orderParams,
    body: WriteMessage,
    reply: Conversation,
    status: 201,
    confidential: true,
    bodyLimitBytes: 16 * 1024,
  }),
  askForCall: route({
    path: shopPaths.askForCall,
    summary: "Ask to be called about an order; asked again, the newer wish counts",
    params: orderParams,
    body: AskForCall,
    reply: Conversation,
    status: 201,
    confidential: true,
    bodyLimitBytes: 8 * 1024,
  }),
  askForCallWithoutOrder: route({
    path: shopPaths.askForCallWithoutOrder,
    summary: "Ask to be called where no order could be made; repeat it under the same Idempotency-Key",
    body: AskForCallWithoutOrder,
    reply: z.void(),
    status: 204,
    bodyLimitBytes: 8 * 1024,
  }),
  rateAnswer: route({
    path: shopPaths.rateAnswer,
    summary: "Say how good support's answer was; said again, the newer one counts",
    params: orderParams,
    body: RateAnswer,
    reply: Conversation,
    confidential: true,
    bodyLimitBytes: 8 * 1024,
  }),
  correctAccount: route({
    path: shopPaths.correctAccount,
    summary: "Name another account to recharge, where the one of the order does not exist; delivers again",
    params: orderParams,
    body: CorrectAccount,
    reply: z.void(),
    status: 204,
    confidential: true,
  }),
  issueDevice: route({
    path: shopPaths.issueDevice,
    summary: "A signed identity for this device, to be sent as deviceId with every order from it",
    reply: z.object({ deviceId: z.string() }),
    status: 201,
    confidential: true,
  }),
  listRecommendations: route({
    path: shopPaths.listRecommendations,
    summary:
      "What a signed-in buyer, else this device's, may want next; the device says who it is in the header x-device-id",
    reply: Recommendations,
    confidential: true,
  }),
  sendBeacons: route({
    path: shopPaths.sendBeacons,
    summary: "Steps of a visit, for the funnel",
    body: Beacons,
    reply: z.void(),
    status: 204,
    bodyLimitBytes: 8 * 1024,
  }),
  askRestockNotice: route({
    path: shopPaths.askRestockNotice,
    summary: "Tell a buyer when a product is back",
    body: AskRestockNotice,
    reply: z.void(),
    status: 204,
  }),
  ...buyerRoutes,
  readStatus: route({
    path: shopPaths.readStatus,
    summary: "How the shop and its parts do, and what the public was told of incidents",
    reply: PublicStatus,
    maxAgeS: 5,
  }),
  readStatusPushKey: route({
    path: shopPaths.readStatusPushKey,
    summary: "The key with which a browser subscribes to our pushes",
    reply: z.object({ publicKey: z.string() }),
    maxAgeS: 300,
  }),
  subscribeStatus: route({
    path: shopPaths.subscribeStatus,
    summary:
      "Be told what the public is told of incidents; the answer never says whether an address is known",
    body: StatusSubscription,
    reply: z.void(),
    status: 204,
    bodyLimitBytes: 8 * 1024,
  }),
  confirmSubscription: route({
    path: shopPaths.confirmSubscription,
    summary: "Confirm an address by the link that went there",
    body: z.strictObject({ token: SubscriptionToken }),
    reply: z.void(),
    status: 204,
  }),
  endSubscription: route({
    path: shopPaths.endSubscription,
    summary: "End a subscription, by a mail's link or by the browser that has it",
    body: EndSubscription,
    reply: z.void(),
    status: 204,
  }),
};
export type ShopRoutes = typeof shopRoutes;
