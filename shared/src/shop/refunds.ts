import { z } from "zod";
import { Fen } from "../money.ts";

/**
 * Why money goes back: it came after the order had expired, a second time, or after the order had ended; or a person
 * gave it back.
 */
export const refundCodes = [
  "payment.late",
  "payment.surplus",
  "payment.order_over",
  "refund.by_staff",
] as const;
export const RefundCode = z.enum(refundCodes);
export type RefundCode = z.infer<typeof RefundCode>;

/** `abnormal`: stuck at the payment company, where a person has to look; `failed`: the payment company will not. */
export const refundStatuses = ["requested", "processing", "done", "abnormal", "failed"] as const;
export const RefundStatus = z.enum(refundStatuses);
export type RefundStatus = z.infer<typeof RefundStatus>;

/** Money on its way back, as its buyer sees it. */
export const BuyerRefund = z.object({
  amountFen: Fen,
  code: RefundCode,
  status: RefundStatus,
  at: z.iso.datetime(),
});
export type BuyerRefund = z.infer<typeof BuyerRefund>;
