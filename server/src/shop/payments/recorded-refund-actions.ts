import { DomainError } from "@orderwatch/shared/problem.ts";
import { type Asker, type RefundDeps, requestRefund } from "./refund-actions.ts";
import * as store from "./refund-store.ts";

export interface RecordedRefund {
  /** The caller's own id for it: repeated, it is on record once. */
  refundId: string;
  orderId: string;
  paymentId: string;
  amountFen: number;
  reason: string;
  by: Asker;
}

/**
 * Enters money that a payment company gave back without being asked from here, as by hand on its own site: as a refund that
 * is done, with what follows for the order. Where one of ours stands in its way that the company refuses, since that money
 * is gone, and has never taken on, ours has failed. The supplier is not asked, since nothing would bring the money back.
 * Throws what `requestRefund` throws, and ProviderError.
 */
export async function recordRefund(deps: RefundDeps, refund: RecordedRefund): Promise<void> {
  try {
    await enter(deps, refund);
  } catch (error) {
    if (!(error instanceof DomainError) || !(await giveUpRefused(deps, refund.paymentId))) throw error;
    await enter(deps, refund);
  }
}

/** In one transaction, so that nobody finds it to be sent. */
async function enter(deps: RefundDeps, refund: RecordedRefund): Promise<void> {
  await deps.db.transaction(async (_, within) => {
    const request = { ...refund, code: "refund.by_staff", despiteSupplier: true } as const;
    const asked = await requestRefund({ ...deps, db: within }, request);
    if (!asked.repeated) await store.completeRefund(within, refund.refundId, deps.clock.now());
  });
}

/** Ends our stuck refunds of a payment that its company does not know. Whether there were any. */
async function giveUpRefused(deps: RefundDeps, paymentId: string): Promise<boolean> {
  let any = false;
  for (const { id, method } of await store.listStuck(deps.db.sql, paymentId)) {
    const known =
      method === "balance"
        ? undefined
        : await deps.providers[method]?.queryRefund({ paymentId, refundId: id });
    if (known?.state !== "unknown") continue;
    const stopped = { refundId: id, status: "failed", now: deps.clock.now(), until: null } as const;
    any = (await store.stopRefund(deps.db.sql, stopped)) || any;
  }
  return any;
}
