import { z } from "zod";
import { Id } from "../ids.ts";
import { Fen } from "../money.ts";
import { Failure, OrderItem, OrderStatus, Origin, Tender } from "../shop/orders.ts";
import { RefundCode, RefundStatus } from "../shop/refunds.ts";
import { text } from "../text.ts";

/** A search that takes anything: `q` is an order id, a payment id, a phone (or its last 4 digits), an e-mail, an SKU or a failure code. */
export const OrderSearch = z.strictObject({
  q: text(254).optional(),
  status: z.array(OrderStatus).max(10).optional(),
  sku: text(64).optional(),
  failureCode: text(64).optional(),
  paymentMethod: Tender.optional(),
  origin: z.array(Origin).max(3).optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  cursor: z.string().max(200).optional(),
  limit: z.int().min(1).max(200).default(50),
});
export type OrderSearch = z.output<typeof OrderSearch>;

export const OrderRow = z.object({
  id: Id,
  status: OrderStatus,
  origin: Origin,
  amountFen: Fen,
  paymentMethod: Tender,
  items: z.array(OrderItem),
  /** Contact data, masked: `138****5678`, `a***@example.com`. */
  contact: z.object({ phone: z.string().optional(), email: z.string().optional() }),
  failureCode: z.string().nullable(),
  createdAt: z.iso.datetime(),
  paidAt: z.iso.datetime().nullable(),
  deliveredAt: z.iso.datetime().nullable(),
});
export type OrderRow = z.infer<typeof OrderRow>;

/** One entry of an order's trace, oldest first; `sincePreviousMs` is null on the first. */
export const TraceEntry = z.object({
  at: z.iso.datetime(),
  sincePreviousMs: z.int().nullable(),
  kind: z.enum(["order", "payment", "notice", "attempt"]),
  type: z.string(),
  status: z.string().nullable(),
  code: z.string().nullable(),
  /** Facts of the entry, already free of secrets and personal data. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type TraceEntry = z.infer<typeof TraceEntry>;

/** Why a repair cannot be done now; null where it can. `leftFen`: what can still be given back. */
export const Repairs = z.object({
  refund: z.enum(["nothing_paid", "all_returned", "delivering"]).nullable(),
  leftFen: z.int(),
  redeliver: z.enum(["not_paid", "under_way", "delivered", "under_review", "refunded"]).nullable(),
  confirmPayment: z.enum(["paid", "over"]).nullable(),
});
export type Repairs = z.infer<typeof Repairs>;

const Reason = text(500);

export const RefundOrder = z.strictObject({
  reason: Reason,
  /** All that is left, when absent. */
  amountFen: Fen.min(1).optional(),
  /** The caller's own id for the refund: repeated, it gives nothing back a second time. */
  refundId: Id.optional(),
  /** Gives back although the supplier has done a recharge, or may have. */
  despiteSupplier: z.boolean().optional(),
});

export const RedeliverOrder = z.strictObject({
  reason: Reason,
  /** Delivers all of it although a part of its money went back. */
  despiteRefund: z.boolean().optional(),
});

export const ConfirmPayment = z.strictObject({
  reason: Reason,
  /** The transaction's number as the payment company shows it: needed where the company cannot be asked. */
  tradeNo: z
    .string()
    .trim()
    .regex(/^[0-9A-Za-z_-]{6,64}$/, "6 to 64 letters and digits")
    .optional(),
  /** Confirms although the payment company says that no money came. */
  despiteProvider: z.boolean().optional(),
});

export const CreditOrder = z.strictObject({
  reason: Reason,
  amountFen: Fen.min(1),
  /** The caller's own id for the credit: repeated, it gives nothing a second time. */
  creditId: Id,
});

/** Credit that staff gave to an order's buyer, as goodwill, and how much more they may give for this order. */
export const OrderCredit = z.object({
  /** Why none can be given; null where it can. */
  why: z.enum(["no_buyer", "nothing_paid", "all_given"]).nullable(),
  leftFen: Fen,
  given: z.array(z.object({ amountFen: Fen, reason: z.string(), by: z.string(), at: z.iso.datetime() })),
});
export type OrderCredit = z.infer<typeof OrderCredit>;

export const StaffRefund = z.object({
  id: Id,
  paymentId: Id,
  amountFen: Fen,
  code: RefundCode,
  reason: z.string(),
  status: RefundStatus,
  /** Who asked for it; null when the rules did. */
  by: z.string().nullable(),
  detail: z.string().nullable(),
  createdAt: z.iso.datetime(),
  doneAt: z.iso.datetime().nullable(),
});
export type StaffRefund = z.infer<typeof StaffRefund>;

export const StaffOrder = OrderRow.extend({
  /** `reference`: the supplier's confirmation, as soon as it is known; always null for codes. */
  items: z.array(OrderItem.extend({ reference: z.string().nullable() })),
  failure: Failure.optional(),
  attempts: z.int(),
  expiresAt: z.iso.datetime(),
  nextAttemptAt: z.iso.datetime().nullable(),
  codesHeld: z.int(),
  codesSold: z.int(),
  payments: z.array(
    z.object({
      id: Id,
      method: Tender,
      status: z.string(),
      amountFen: Fen,
      tradeNo: z.string().nullable(),
      failureCode: z.string().nullable(),
      createdAt: z.iso.datetime(),
      paidAt: z.iso.datetime().nullable(),
    }),
  ),
  refunds: z.array(StaffRefund),
  repairs: Repairs,
  trace: z.array(TraceEntry),
});
export type StaffOrder = z.infer<typeof StaffOrder>;
