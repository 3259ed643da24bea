import { z } from "zod";
import { Id } from "../ids.ts";
import { Fen } from "../money.ts";
import { text } from "../text.ts";
import { languages } from "../words.ts";
import { Balance } from "./balance.ts";
import { Sku } from "./catalog.ts";
import { Contact, OrderStatus, PaymentMethod } from "./orders.ts";
import { ExportedThread } from "./support.ts";

const Phone = Contact.shape.phone.unwrap();
const language = z.enum(languages).default("zh-CN");

/** Asks for a code by SMS. The answer is the same, and takes as long, whoever has this number. */
export const AskBuyerCode = z.strictObject({ phone: Phone, language });

/** `deviceId`: the identity that we signed for this device; its orders become the buyer's. */
export const SignInBuyer = z.strictObject({
  phone: Phone,
  code: z.string().regex(/^[0-9]{6}$/, "six digits"),
  deviceId: text(200).optional(),
});

/** What a buyer filled in last; kept for the next purchase, on whichever device. */
export const BuyerDetails = z.strictObject({
  phone: z.string().max(21),
  email: z.string().max(254),
  method: PaymentMethod.optional(),
  /** The account last recharged, by product. */
  accounts: z
    .record(Sku, z.string().max(64))
    .refine((accounts) => Object.keys(accounts).length <= 50, { message: "at most 50 accounts" }),
});
export type BuyerDetails = z.infer<typeof BuyerDetails>;

/** By what was paid for within a year, see `tierOf`. */
export const buyerTiers = ["regular", "silver", "gold"] as const;
export const BuyerTier = z.enum(buyerTiers);
export type BuyerTier = z.infer<typeof BuyerTier>;

export const Buyer = z.object({
  id: Id,
  /** Masked: `138****5678`. */
  phone: z.string(),
  tier: BuyerTier,
  /** What the tier goes by: paid within a year and not given back. */
  spentFen: Fen,
  details: BuyerDetails.nullable(),
  /** With the last 10 movements. */
  balance: Balance,
  since: z.iso.datetime(),
});
export type Buyer = z.infer<typeof Buyer>;

export const BuyerSession = z.object({
  /** Sent as a bearer token; the server keeps no more than a keyed hash of it. */
  session: z.string(),
  expiresAt: z.iso.datetime(),
  buyer: Buyer,
});
export type BuyerSession = z.infer<typeof BuyerSession>;

/** An order of the buyer's history; its token opens it as on the device that placed it. */
export const BuyerHistoryOrder = z.object({
  id: Id,
  token: z.string(),
  placedAt: z.iso.datetime(),
  sku: Sku,
  name: z.string(),
  quantity: z.int(),
  amountFen: Fen,
  status: OrderStatus,
});
export type BuyerHistoryOrder = z.infer<typeof BuyerHistoryOrder>;

/** `forfeitFen`: what the buyer knows to lose, exactly the balance; may be left out where there is none. */
export const DeleteBuyer = z.object({ forfeitFen: z.coerce.number().pipe(Fen).optional() });

/** Everything that the shop knows of a buyer. */
export const BuyerExport = z.object({
  buyer: Buyer.omit({ balance: true }).extend({ phone: z.string() }),
  /** With every movement. */
  balance: Balance,
  devices: z.array(z.object({ joinedAt: z.iso.datetime(), leftAt: z.iso.datetime().nullable() })),
  sessions: z.array(z.object({ startedAt: z.iso.datetime(), expiresAt: z.iso.datetime() })),
  orders: z.array(
    BuyerHistoryOrder.omit({ token: true }).extend({
      contact: Contact,
      rechargeAccount: z.string().nullable(),
    }),
  ),
  restockNotices: z.array(z.object({ sku: Sku, askedAt: z.iso.datetime() })),
  support: z.array(ExportedThread),
});
export type BuyerExport = z.infer<typeof BuyerExport>;
