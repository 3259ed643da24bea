import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import { whyNotRedeliver } from "../orders/actions.ts";
import { isPartlyRefunded, lockStatus, restartDelivery } from "./redelivery-store.ts";

export { isPartlyRefunded } from "./redelivery-store.ts";

export interface Redelivery {
  id: string;
  reason: string;
  by: string | null;
  /** Delivers all of it although a part of its money went back. */
  despiteRefund?: boolean | undefined;
}

/**
 * Has an order delivered again whose delivery failed for good. A supplier is asked about what was sent to it before, so
 * that nothing is recharged twice. Call it inside a transaction to write more with it. Throws `order.not_found`,
 * `order.not_deliverable` and `order.partly_refunded`, which say what is possible.
 */
export async function redeliver(
  { db, clock }: { db: Database; clock: Clock },
  { despiteRefund = false, ...order }: Redelivery,
): Promise<void> {
  await db.transaction(async (sql) => {
    const status = await lockStatus(sql, order.id);
    if (!status) throw new DomainError("order.not_found", "No such order");
    const why = whyNotRedeliver(status);
    if (why) throw new DomainError("order.not_deliverable", notDeliverable[why]);
    if (!despiteRefund && (await isPartlyRefunded(sql, order.id)))
      throw new DomainError(
        "order.partly_refunded",
        "Money of this order went back, and delivering hands over all of it: set despiteRefund to deliver all the same",
      );
    await restartDelivery(sql, { ...order, now: clock.now() });
  });
}

const notDeliverable: Record<NonNullable<ReturnType<typeof whyNotRedeliver>>, string> = {
  not_paid: "No money came for this order: confirm its payment first, if it did",
  under_way: "The order is being delivered already, and tried again by itself",
  delivered: "The order is delivered; its money can be given back",
  under_review: "A person still has to decide about this order",
  refunded: "The order's money is back, or on its way",
};
