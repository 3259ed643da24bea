import { z } from "zod";
import { Id } from "../ids.ts";
import { Fen } from "../money.ts";

/**
 * Why a buyer's balance changed: staff gave credit, an order was paid with it, what an order had taken came back, or its
 * buyer gave it up on having their account deleted.
 */
export const balanceKinds = ["goodwill", "spent", "returned", "forfeited"] as const;
export const BalanceKind = z.enum(balanceKinds);
export type BalanceKind = z.infer<typeof BalanceKind>;

export const BalanceMovement = z.object({
  kind: BalanceKind,
  /** Below zero where it was taken. */
  amountFen: z.int(),
  orderId: Id.nullable(),
  at: z.iso.datetime(),
});
export type BalanceMovement = z.infer<typeof BalanceMovement>;

/** What a buyer has with the shop, and how it came to that, newest first. */
export const Balance = z.object({ balanceFen: Fen, movements: z.array(BalanceMovement) });
export type Balance = z.infer<typeof Balance>;
