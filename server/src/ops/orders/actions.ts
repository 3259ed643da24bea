import type { OrderCredit, StaffOrder } from "@orderwatch/shared/ops/orders.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { PaymentMethod, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { Cache } from "../../platform/cache.ts";
import { balanceChanged } from "../../shop/balance/actions.ts";
import type { Supplier } from "../../shop/fulfilment/actions.ts";
import {
  askAboutRecharges,
  deliverOn,
  type SupplierTestimony,
} from "../../shop/fulfilment/enquiry-actions.ts";
import { redeliver } from "../../shop/fulfilment/redelivery-actions.ts";
import { readLevers, refusalOfMethod } from "../../shop/levers/actions.ts";
import { readStaffOrder, type SearchContext } from "../../shop/orders/search-actions.ts";
import {
  askAboutOrder,
  confirmPayment,
  giveCredit,
  type Providers,
  readCredit,
  requestRefund,
  type Switched,
  switchHere,
} from "../../shop/payments/actions.ts";
import { type AuditContext, audited, type By, recordAudit } from "../audit/actions.ts";

/** Repairs by hand. Each is an ordinary transition with its event, and its audit entry in the same transaction. */
export interface RepairContext extends AuditContext, SearchContext {
  providers: Providers;
  /** Absent where this process cannot ask about recharges. */
  supplier: Supplier | undefined;
}

const target = (id: string) => ({ kind: "order", id });

interface WantedRefund {
  reason: string;
  amountFen?: number | undefined;
  refundId?: string | undefined;
  despiteSupplier?: boolean | undefined;
}

/** Gives money back, all that is left or a part. Throws as `askBeforeRefund` and `requestRefund`. */
export async function refundOrder(
  context: RepairContext,
  by: By,
  orderId: string,
  given: WantedRefund,
): Promise<StaffOrder> {
  const testimony = await askBeforeRefund(context, by, orderId);
  await giveBack(context, by, orderId, { ...given, testimony });
  return await readStaffOrder(context, orderId);
}

/**
 * Asks the supplier about an order whose delivery failed, to be called outside transactions. What it had done after all is
 * delivered instead: then this throws `refund.recharge_done`.
 */
export async function askBeforeRefund(
  context: RepairContext,
  by: By,
  orderId: string,
): Promise<SupplierTestimony | undefined> {
  const testimony = await askAboutRecharges(context, orderId);
  if (!testimony || testimony.delivered.length === 0) return testimony ?? undefined;
  const goesOn = await context.db.transaction(async (_, within) => {
    const order = { id: orderId, by: by.staff?.name ?? null };
    if (!(await deliverOn({ ...context, db: within }, order, testimony))) return false;
    await recordAudit({ ...context, db: within }, by, {
      ...{ action: "order.redelivered", target: target(orderId) },
      facts: { supplierSaid: "success" },
    });
    return true;
  });
  if (!goesOn) return testimony;
  throw new DomainError(
    "refund.recharge_done",
    "The supplier had done the recharge, and the order is being delivered: give money back for a delivered order only if it must be",
  );
}

/** As `refundOrder` once the supplier was asked, for who does more in the same transaction and reads afterwards. */
export async function giveBack(
  context: RepairContext,
  by: By,
  orderId: string,
  given: WantedRefund & { testimony: SupplierTestimony | undefined },
): Promise<void> {
  await context.db.transaction(async (_, within) => {
    const done = await requestRefund(
      { ...context, db: within },
      { ...given, orderId, code: "refund.by_staff", by: by.staff },
    );
    if (done.repeated) return;
    const amountFen = done.refunds.reduce((sum, refund) => sum + refund.amountFen, 0);
    const refunds = done.refunds.map((refund) => refund.id).join(" ");
    await recordAudit({ ...context, db: within }, by, {
      ...{ action: "order.refunded", target: target(orderId), reason: given.reason },
      facts: {
        ...{ amountFen, refunds, endsOrder: done.endsOrder },
        ...(given.despiteSupplier ? { despiteSupplier: true } : {}),
      },
    });
  });
}

interface WantedRedelivery {
  reason: string;
  despiteRefund?: boolean | undefined;
}

/** Has an order delivered again. Throws as `redeliver`. */
export async function redeliverOrder(
  context: RepairContext,
  by: By,
  orderId: string,
  given: WantedRedelivery,
): Promise<StaffOrder> {
  await deliverAgain(context, by, orderId, given);
  return await readStaffOrder(context, orderId);
}

/** As `redeliverOrder`, for who does more in the same transaction and reads afterwards. */
export async function deliverAgain(
  context: RepairContext,
  by: By,
  orderId: string,
  { reason, despiteRefund }: WantedRedelivery,
): Promise<void> {
  await audited(context, by, async (within) => {
    const order = { id: orderId, reason, by: by.staff?.name ?? null, despiteRefund };
    await redeliver({ ...context, db: within }, order);
    const facts = despiteRefund ? { despiteRefund: true } : {};
    return {
      result: undefined,
      note: { action: "order.redelivered", target: target(orderId), reason, facts },
    };
  });
}

/**
 * Has an unpaid order paid another way, in the caller's transaction; what it closed is to be handed to `closeSwitched` once
 * that has ended. Throws as `switchHere`.
 */
export async function payOtherwise(
  context: RepairContext & { shopUrl: string },
  by: By,
  orderId: string,
  { reason, from, to }: { reason: string; from: Tender; to: PaymentMethod },
): Promise<Switched> {
  return await audited(context, by, async (within) => {
    const levers = await readLevers(within.sql);
    const result = await switchHere(
      { ...context, db: within, refusalOf: (method) => refusalOfMethod(levers, method) },
      orderId,
      { from, method: to, facts: { reason, ...(by.staff ? { by: by.staff.name } : {}) } },
    );
    const facts = { from, to, payment: result.offer.id };
    return { result, note: { action: "order.paymentSwitched", target: target(orderId), reason, facts } };
  });
}

/** Confirms that money came for an order, after asking its payment company. Throws as `confirmPayment`. */
export async function confirmOrderPayment(
  context: RepairContext,
  by: By,
  orderId: string,
  given: {
    reason: string;
    paymentId?: string | undefined;
    tradeNo?: string | undefined;
    despiteProvider?: boolean | undefined;
  },
): Promise<StaffOrder> {
  const testimony = await askAboutOrder(context, orderId, given.paymentId);
  await audited(context, by, async (within) => {
    const confirmed = await confirmPayment(
      { ...context, db: within },
      { ...given, orderId, testimony, by: by.staff },
    );
    return {
      result: undefined,
      note: {
        action: "order.paymentConfirmed",
        target: target(orderId),
        reason: given.reason,
        facts: {
          payment: confirmed.paymentId,
          tradeNo: confirmed.tradeNo,
          givenTradeNo: given.tradeNo ?? null,
          confirmedBy: confirmed.confirmedBy,
          providerSaid: testimony.answer.state,
        },
      },
    };
  });
  return await readStaffOrder(context, orderId);
}

/** The goodwill of an order. Throws `order.not_found`. */
export async function readOrderCredit(context: RepairContext, orderId: string): Promise<OrderCredit> {
  await readStaffOrder(context, orderId);
  return await readCredit(context.db, orderId);
}

/** Adds to the balance of an order's buyer. Throws as `giveCredit`. */
export async function creditOrder(
  context: RepairContext & { cache: Pick<Cache, "changed"> },
  by: By & { staff: { id: string; name: string } },
  orderId: string,
  given: { reason: string; amountFen: number; creditId: string },
): Promise<OrderCredit> {
  const { buyerId } = await context.db.transaction(async (_, within) => {
    const done = await giveCredit({ ...context, db: within }, { ...given, orderId, by: by.staff });
    if (!done.repeated)
      await recordAudit({ ...context, db: within }, by, {
        ...{ action: "order.credited", target: target(orderId), reason: given.reason },
        facts: { amountFen: given.amountFen, credit: given.creditId },
      });
    return done;
  });
  balanceChanged(context.cache, buyerId);
  return await readCredit(context.db, orderId);
}
