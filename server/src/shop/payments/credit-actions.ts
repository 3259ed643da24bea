import type { OrderCredit } from "@orderwatch/shared/ops/orders.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database, Sql } from "../../platform/db.ts";
import { addGoodwill, listGoodwill } from "../balance/actions.ts";
import { buyerOfOrder } from "../customers/payer-actions.ts";
import type { Asker } from "./refund-actions.ts";
import { lockPaid, sumPaid } from "./store.ts";

/** Goodwill for an order: staff add to its buyer's balance, in all no more than was paid for it. */
export async function readCredit({ sql }: { sql: Sql }, orderId: string): Promise<OrderCredit> {
  const [paidFen, given, buyerId] = await Promise.all([
    sumPaid(sql, orderId),
    listGoodwill(sql, orderId),
    buyerOfOrder(sql, orderId),
  ]);
  const leftFen = Math.max(0, paidFen - sumOf(given));
  const why =
    buyerId === null ? "no_buyer" : paidFen === 0 ? "nothing_paid" : leftFen === 0 ? "all_given" : null;
  return { why, leftFen, given: given.map(({ id: _, at, ...one }) => ({ ...one, at: at.toISOString() })) };
}

/**
 * Gives credit, once for each `creditId`. Call it inside a transaction to write more with it, and say then that the balance
 * changed. Throws `order.not_found`, `credit.no_buyer` and `credit.exceeds_paid`.
 */
export async function giveCredit(
  { db, clock }: { db: Database; clock: Clock },
  credit: { orderId: string; creditId: string; amountFen: number; reason: string; by: Asker },
): Promise<{ buyerId: string; repeated: boolean }> {
  return await db.transaction(async (sql) => {
    const { orderId, creditId, amountFen, reason, by } = credit;
    const paidFen = await lockPaid(sql, orderId);
    if (paidFen === null) throw new DomainError("order.not_found", "No such order");
    const buyerId = await buyerOfOrder(sql, orderId);
    if (buyerId === null)
      throw new DomainError("credit.no_buyer", "Only a buyer who signed in has a balance to add to");
    const given = await listGoodwill(sql, orderId);
    if (given.some((one) => one.id === creditId)) return { buyerId, repeated: true };
    const leftFen = paidFen - sumOf(given);
    if (amountFen > leftFen)
      throw new DomainError("credit.exceeds_paid", `At most ${Math.max(0, leftFen)} fen can be given yet`);
    const isNew = await addGoodwill(sql, {
      ...{ buyerId, orderId, creditId, amountFen, reason },
      ...{ by: by.name, now: clock.now() },
    });
    if (!isNew) throw new DomainError("order.conflict", "This credit's id belongs to another order");
    return { buyerId, repeated: false };
  });
}

const sumOf = (given: readonly { amountFen: number }[]) => given.reduce((sum, one) => sum + one.amountFen, 0);
