import { z } from "zod";
import { Id } from "../ids.ts";
import { Fen } from "../money.ts";
import { Failure, OrderItem, OrderStatus, Origin, PaymentMethod } from "../shop/orders.ts";
import { text } from "../text.ts";

/** A search that takes anything: `q` is an order id, a payment id, a phone (or its last 4 digits), an e-mail, an SKU or a failure code. */
export const OrderSearch = z.strictObject({
  q: text(254).optional(),
  status: z.array(OrderStatus).max(10).optional(),
  sku: text(64).optional(),
  failureCode: text(64).optional(),
  paymentMethod: PaymentMethod.optional(),
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
  paymentMethod: PaymentMethod,
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

export const StaffOrder = OrderRow.extend({
  failure: Failure.optional(),
  attempts: z.int(),
  expiresAt: z.iso.datetime(),
  nextAttemptAt: z.iso.datetime().nullable(),
  codesHeld: z.int(),
  codesSold: z.int(),
  payments: z.array(
    z.object({
      id: Id,
      method: PaymentMethod,
      status: z.string(),
      amountFen: Fen,
      tradeNo: z.string().nullable(),
      failureCode: z.string().nullable(),
      createdAt: z.iso.datetime(),
      paidAt: z.iso.datetime().nullable(),
    }),
  ),
  trace: z.array(TraceEntry),
});
export type StaffOrder = z.infer<typeof StaffOrder>;
