import { z } from "zod";
import { Id } from "../ids.ts";
import { Fen } from "../money.ts";
import { Phone } from "../phone.ts";
import { Remedy } from "../problem.ts";
import { isStorable, text } from "../text.ts";
import { languages } from "../words.ts";
import { Sku } from "./catalog.ts";
import { BuyerRefund } from "./refunds.ts";

export const orderStatuses = [
  "awaiting_payment",
  "paid",
  "expired",
  "cancelled",
  "under_review",
  "delivering",
  "delivered",
  "delivery_failed",
  "refunding",
  "refunded",
] as const;
export const OrderStatus = z.enum(orderStatuses);
export type OrderStatus = z.infer<typeof OrderStatus>;

export const paymentMethods = ["wechat", "alipay"] as const;
export const PaymentMethod = z.enum(paymentMethods);
export type PaymentMethod = z.infer<typeof PaymentMethod>;

/** What an order can be paid with: a payment company, or the balance that its signed-in buyer has with the shop. */
export const tenders = [...paymentMethods, "balance"] as const;
export const Tender = z.enum(tenders);
export type Tender = z.infer<typeof Tender>;

/** The balance is its buyer's, so that paying with it needs the buyer's session beside the order's token. */
export const PayOrder = z.union([
  z.strictObject({ paymentMethod: PaymentMethod }),
  z.strictObject({
    paymentMethod: z.literal("balance"),
    buyerSession: z.string().regex(/^[A-Za-z0-9_-]{43}$/, "a buyer's session"),
  }),
]);
export type PayOrder = z.infer<typeof PayOrder>;

/** Who an order is from: real buyers, the sandbox's shoppers, or a drill. Only signed requests are not buyers. */
export const origins = ["buyer", "simulated", "drill"] as const;
export const Origin = z.enum(origins);
export type Origin = z.infer<typeof Origin>;

const Quantity = z.int().min(1).max(100);
const Line = z.strictObject({ sku: Sku, quantity: Quantity });

export const Contact = z.strictObject({
  phone: Phone.optional(),
  email: z.email().max(254).refine(isStorable).optional(),
});
export type Contact = z.infer<typeof Contact>;

const orderFields = {
  paymentMethod: PaymentMethod,
  contact: Contact,
  rechargeAccount: text(64).optional(),
  deviceId: text(200).optional(),
  session: text(64).optional(),
  expectedAmountFen: Fen.optional(),
  /** In which language the buyer is written to; what the browser asks for, when absent. Not part of what is ordered. */
  language: z.enum(languages).optional(),
};

/** An order as buyers send it: one product (the usual case, so it is tried first), or up to ten lines. */
export const PlaceOrder = z.union([
  z
    .strictObject({ sku: Sku, quantity: Quantity, ...orderFields })
    .transform(({ sku, quantity, ...rest }) => ({ items: [{ sku, quantity }], ...rest })),
  z.strictObject({ items: z.array(Line).min(1).max(10), ...orderFields }),
]);
export type PlaceOrder = z.output<typeof PlaceOrder>;

export const IdempotencyKey = z.string().regex(/^[\x21-\x7e]{8,128}$/, "8 to 128 visible ASCII characters");

export const PaymentOffer = z.object({
  id: Id,
  method: Tender,
  url: z.string(),
  expiresAt: z.iso.datetime(),
});
export type PaymentOffer = z.infer<typeof PaymentOffer>;

export const PlacedOrder = z.object({
  id: Id,
  token: z.string(),
  status: OrderStatus,
  amountFen: Fen,
  payment: PaymentOffer,
});
export type PlacedOrder = z.infer<typeof PlacedOrder>;

export const Failure = z.object({ code: z.string(), detail: z.string(), remedies: z.array(Remedy) });
export type Failure = z.infer<typeof Failure>;

export const OrderItem = z.object({
  sku: Sku,
  name: z.string(),
  kind: z.enum(["code", "recharge"]),
  quantity: z.int(),
  priceFen: Fen,
});

/** One step of an order's life as anyone concerned may see it. */
export const OrderEvent = z.object({
  type: z.string(),
  status: OrderStatus,
  at: z.iso.datetime(),
  code: z.string().optional(),
});
export type OrderEvent = z.infer<typeof OrderEvent>;

export const BuyerOrder = z.object({
  id: Id,
  status: OrderStatus,
  amountFen: Fen,
  items: z.array(OrderItem),
  /** How to pay it, while it waits for money. */
  payment: PaymentOffer.extend({ method: PaymentMethod }).optional(),
  failure: Failure.optional(),
  /** Card codes, once delivered; recharges carry the supplier's reference instead. */
  codes: z.array(z.object({ sku: Sku, code: z.string() })).optional(),
  events: z.array(OrderEvent),
  /** Money that goes back or is back. */
  refunds: z.array(BuyerRefund).optional(),
  createdAt: z.iso.datetime(),
});
export type BuyerOrder = z.infer<typeof BuyerOrder>;
