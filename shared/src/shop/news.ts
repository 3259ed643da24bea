import { z } from "zod";
import { WebPushSubscription } from "../push.ts";
import { languages } from "../words.ts";
import { Sku } from "./catalog.ts";
import { Contact } from "./orders.ts";

const language = z.enum(languages).default("zh-CN");

/** Whom to tell when a product is back: a person by phone or e-mail, or the browser that asks. */
export const AskRestockNotice = z
  .strictObject({ sku: Sku, contact: Contact.default({}), push: WebPushSubscription.optional(), language })
  .refine(({ contact, push }) => contact.phone !== undefined || contact.email !== undefined || push, {
    path: ["contact"],
    message: "a phone number or an e-mail address",
  });
export type AskRestockNotice = z.output<typeof AskRestockNotice>;

/** The browser that shall hear how an order ends. */
export const WatchOrder = z.strictObject({ push: WebPushSubscription, language });
export type WatchOrder = z.output<typeof WatchOrder>;
