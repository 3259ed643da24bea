import { z } from "zod";
import { Id } from "../ids.ts";
import { languages } from "../words.ts";
import { Contact } from "./orders.ts";

/**
 * Whoever lost sight of their orders: the links to those of the last 90 days go to the phone number or the e-mail address
 * that they were placed with, and nowhere else. `orderId`: that one alone.
 */
export const FindOrders = z.strictObject({
  contact: Contact.refine(({ phone, email }) => (phone === undefined) !== (email === undefined), {
    message: "a phone number or an e-mail address, not both",
  }),
  orderId: Id.optional(),
  language: z.enum(languages).default("zh-CN"),
});
export type FindOrders = z.output<typeof FindOrders>;

/** Always this, whatever there is. */
export const OrdersSought = z.object({ accepted: z.literal(true) });
