import { DomainError } from "@orderwatch/shared/problem.ts";
import type { PaymentOffer } from "@orderwatch/shared/shop/orders.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { NewId } from "../../platform/ids.ts";
import { forfeitOrphaned, returnToBalance, spendBalance } from "../balance/actions.ts";
import { hasBuyer, payerOf } from "../customers/payer-actions.ts";
import { paymentOffer } from "../orders/actions.ts";
import { enterNotice } from "./confirm-store.ts";
import { completeRefund, type DueRefund } from "./refund-store.ts";
import { settleClaimed } from "./settle-statement.ts";
import { replacePayment } from "./store.ts";

export interface BalanceDeps {
  db: Database;
  clock: Clock;
  /** As for all payments. */
  at?: () => Date | null;
  newId: NewId;
  keys: Keys;
  shopUrl: string;
}

export interface PaidFromBalance {
  offer: PaymentOffer;
  buyerId: string;
  /** Payments that a company may still take money for. */
  closed: NonNullable<Awaited<ReturnType<typeof replacePayment>>>["closed"];
}

/**
 * Pays an order from its buyer's balance: the debit, and the settling of a notice of ours as a company's would be, in one
 * transaction. Throws `buyer.session_required`, `balance.not_theirs`, `balance.too_low` and `order.not_payable`.
 */
export async function payFromBalance(
  deps: BalanceDeps,
  { orderId, session }: { orderId: string; session: string },
): Promise<PaidFromBalance> {
  const { newId, clock, shopUrl } = deps;
  const id = newId();
  return await deps.db.transaction(async (sql) => {
    const now = clock.now();
    const buyerId = await payerOf(deps, sql, { orderId, session });
    const replaced = await replacePayment(sql, {
      ...{ id, orderId, method: "balance", now, askAt: now },
      at: deps.at?.() ?? null,
    });
    if (!replaced)
      throw new DomainError("order.not_payable", "This order does not wait for a payment any more");
    const { amountFen, expiresAt, closed } = replaced;
    await faultPoint("balance.replaced");
    const entry = await spendBalance(deps, sql, { buyerId, orderId, amountFen, now });
    await faultPoint("balance.spent");
    const notice = await enterNotice(sql, {
      ...{ id: newId(), provider: "balance", noticeId: entry, paymentId: id, tradeNo: entry, amountFen },
      ...{ paidAt: now, confirmedBy: null, note: null, now },
    });
    await faultPoint("balance.noted");
    const settled = await settleClaimed(sql, now, notice === null ? [] : [{ id: notice, orderId }]);
    if (settled.paid !== 1) throw new Error(`order ${orderId} was not paid by what its balance gave`);
    return { offer: paymentOffer(shopUrl, { id, method: "balance", expiresAt }), buyerId, closed };
  });
}

/**
 * Refunds what a balance had paid, which nobody outside has to be asked for. Where its buyer has had their account deleted
 * meanwhile, what comes back is given up as the rest was. Null when it was done before.
 */
export async function refundToBalance(
  deps: Pick<BalanceDeps, "db" | "clock" | "newId">,
  refund: Pick<DueRefund, "id" | "orderId" | "amountFen">,
): Promise<{ buyerId: string } | null> {
  const now = deps.clock.now();
  return await deps.db.transaction(async (sql, within) => {
    if (!(await completeRefund(within, refund.id, now))) return null;
    const { id: refundId, orderId, amountFen } = refund;
    await faultPoint("balance.refunding");
    const returned = await returnToBalance(deps, sql, { refundId, orderId, amountFen, now });
    await faultPoint("balance.returned");
    // Read while the balance is locked: an account that is being deleted meanwhile either is gone, or meets what came.
    const { buyerId } = returned;
    if (!(await hasBuyer(sql, buyerId))) await forfeitOrphaned(deps, sql, { buyerId, now });
    return returned;
  });
}
