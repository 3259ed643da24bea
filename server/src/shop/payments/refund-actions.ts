import { DomainError } from "@orderwatch/shared/problem.ts";
import type { OrderStatus } from "@orderwatch/shared/shop/orders.ts";
import type { RefundCode } from "@orderwatch/shared/shop/refunds.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database, Sql } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import { readRecharges, type SupplierTestimony, whyNotGiveBack } from "../fulfilment/enquiry-actions.ts";
import { decideRefund, priceKept } from "../orders/actions.ts";
import { refundToBalance } from "./balance-actions.ts";
import type { Providers } from "./providers/factory.ts";
import {
  type Notice,
  type PaymentProvider,
  ProviderError,
  type ProviderRefund,
} from "./providers/provider.ts";
import * as store from "./refund-store.ts";

const retryMs = 10_000;
const longestRetryMs = 5 * 60_000;
/** Whoever took a refund has this long to send it before another may. */
const leaseMs = 30_000;
/** Money that is stuck at the provider is asked about this often, until a person there has seen to it. */
const askAbnormalMs = 60 * 60_000;

/** A company that refused so often will not change its mind by itself: a person is called, and it is asked once an hour. */
const mostRefusals = 5;

/** What payers read on their statement. */
const statement: Record<RefundCode, string> = {
  "payment.late": "订单已超时，款项退回 (paid after expiry)",
  "payment.surplus": "重复付款退回 (paid twice)",
  "payment.order_over": "订单已结束，款项退回 (order over)",
  "refund.by_staff": "商家退款 (refund)",
};

export interface RefundDeps {
  db: Database;
  clock: Clock;
  newId: NewId;
  log: Logger;
  providers: Providers;
  /** Where payment companies send their callbacks, unless those have an address of their own. */
  shopUrl: string;
  callbacksUrl?: string;
  /** Told whose balance money went back to. */
  onBalance?: (buyerId: string) => void;
}

/**
 * One pass of returning money. A refund is sent once; whenever it is not clear what became of it, the provider is asked,
 * and it goes out again, under its own number, only when the provider has never heard of it.
 */
export async function refundDue(deps: RefundDeps, limit = 10): Promise<{ more: boolean }> {
  const now = deps.clock.now();
  const due = await store.claimRefunds(deps.db.sql, now, new Date(now.getTime() + leaseMs), limit);
  if (due.length > 0) await faultPoint("refund.claimed");
  await Promise.all(
    due.map(async (refund) => {
      try {
        if (refund.method === "balance") return await intoBalance(deps, refund);
        const outcome = await carryOut(deps, refund);
        await faultPoint("refund.sent");
        await act(deps, refund, outcome);
        if (outcome.state === "success") await faultPoint("refund.recorded");
      } catch (error) {
        const detail = error instanceof ProviderError ? (error.providerCode ?? error.kind) : "internal";
        if (error instanceof ProviderError && error.kind === "refused" && refund.attempts >= mostRefusals)
          return await act(deps, refund, { state: "abnormal", detail });
        deps.log.error({ err: error, refundId: refund.id }, "a refund failed and will be tried again");
        await store.postponeRefund(deps.db.sql, refund.id, { until: retryAt(deps, refund), detail });
      }
    }),
  );
  return { more: due.length === limit };
}

async function intoBalance(deps: RefundDeps, refund: store.DueRefund): Promise<void> {
  const returned = await refundToBalance(deps, refund);
  if (returned) deps.onBalance?.(returned.buyerId);
}

async function carryOut(deps: RefundDeps, refund: store.DueRefund): Promise<ProviderRefund> {
  const provider: PaymentProvider | undefined = deps.providers[refund.method];
  if (!provider) throw new ProviderError("refused", `this shop has no merchant at ${refund.method}`);
  if (refund.sentBefore) {
    const known = await provider.queryRefund({ paymentId: refund.paymentId, refundId: refund.id });
    if (known.state !== "unknown") return { state: known.state };
  }
  return await provider.refund({
    paymentId: refund.paymentId,
    refundId: refund.id,
    totalFen: refund.totalFen,
    amountFen: refund.amountFen,
    reason: statement[refund.code],
    notifyUrl: `${deps.callbacksUrl ?? deps.shopUrl}/api/payments/${refund.method}/notify`,
  });
}

/**
 * Asks about one refund now, done or not, and sends it again, under its own number, where the provider has never heard of
 * it. `isDone` is how it stands here afterwards; a refund that is over stays as it is. `refused` is an answer, not silence.
 */
export async function askRefund(
  deps: RefundDeps,
  refundId: string,
): Promise<{ state: ProviderRefund["state"] | "unreachable" | "refused"; isDone: boolean }> {
  const refund = await store.readRefund(deps.db.sql, refundId);
  if (!refund) throw new DomainError("order.conflict", "No such refund");
  try {
    const outcome = await carryOut(deps, { ...refund, sentBefore: true });
    await act(deps, refund, outcome);
    const now = await store.readRefund(deps.db.sql, refundId);
    return { state: outcome.state, isDone: now?.status === "done" };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    deps.log.warn({ err: error, refundId }, "the provider could not be asked about a refund");
    return { state: error.kind === "refused" ? "refused" : "unreachable", isDone: refund.status === "done" };
  }
}

/** What follows from a provider's word about a refund, however it came. */
async function act(
  deps: Pick<RefundDeps, "db" | "clock" | "log">,
  refund: Pick<store.DueRefund, "id" | "attempts">,
  { state, detail }: ProviderRefund & { detail?: string },
): Promise<void> {
  const now = deps.clock.now();
  if (state === "success") {
    await store.completeRefund(deps.db, refund.id, now);
  } else if (state === "processing") {
    await store.postponeRefund(deps.db.sql, refund.id, {
      status: "processing",
      until: retryAt(deps, refund),
    });
  } else {
    const until = state === "abnormal" ? new Date(now.getTime() + askAbnormalMs) : null;
    if (await store.stopRefund(deps.db.sql, { refundId: refund.id, status: state, detail, now, until }))
      deps.log.error(
        { refundId: refund.id, state, detail },
        "a refund did not reach its buyer; a person is needed",
      );
  }
}

function retryAt({ clock }: Pick<RefundDeps, "clock">, { attempts }: { attempts: number }): Date {
  return new Date(clock.now().getTime() + Math.min(longestRetryMs, retryMs * Math.max(1, attempts)));
}

/** Puts a verified callback of a refund on record, then acts on it. Anything but `accepted` and `repeated` is refused. */
export async function receiveRefundNotice(
  deps: Pick<RefundDeps, "db" | "clock" | "log" | "newId">,
  provider: PaymentProvider["method"],
  notice: Extract<Notice, { kind: "refund" }>,
): Promise<"accepted" | "repeated" | "unknown_refund" | "wrong_amount"> {
  const fate = await store.recordRefundNotice(deps.db.sql, {
    ...{ id: deps.newId(), provider, noticeId: notice.noticeId, now: deps.clock.now() },
    ...{ refundId: notice.refundId, paymentId: notice.paymentId, tradeNo: notice.tradeNo },
    amountFen: notice.amountFen,
  });
  // Also for one that is on record already: its first receiver may have died before acting.
  if (fate === "accepted" || fate === "repeated")
    await act(deps, { id: notice.refundId, attempts: 1 }, { state: notice.outcome });
  return fate;
}

/** Who asks, as shown on the order; null for the rules themselves. */
export interface Asker {
  id: string;
  name: string;
}

export interface RefundRequest {
  orderId: string;
  /** The caller's own id: repeated, it gives nothing back a second time. */
  refundId?: string | undefined;
  /** All that is left, when absent. */
  amountFen?: number | undefined;
  /** From this payment alone. */
  paymentId?: string | undefined;
  /** `payment.surplus` gives back nothing of an order's price, unless the order is over. */
  code: RefundCode;
  reason: string;
  by: Asker | null;
  /** What the supplier said just before, for an order whose delivery failed. */
  testimony?: SupplierTestimony | undefined;
  /** Gives back although the supplier has done a recharge, or may have. */
  despiteSupplier?: boolean | undefined;
}

export interface Requested {
  refunds: { id: string; paymentId: string; amountFen: number }[];
  /** True when this began the order's end: its state is now `refunding`. */
  endsOrder: boolean;
  /** True when the same request was carried out before. */
  repeated: boolean;
}

/**
 * Gives money back: all that is left of an order, which ends it (`refunding`, and `refunded` once the money is back), or
 * a part, which leaves it as it is. Call it inside a transaction to write more with it. Throws `order.not_found`,
 * `order.not_refundable`, `refund.exceeds_paid`, `refund.recharge_unclear` and `refund.partly_recharged`, each saying what
 * is possible.
 */
export async function requestRefund(
  deps: Pick<RefundDeps, "db" | "clock" | "newId">,
  request: RefundRequest,
): Promise<Requested> {
  return await deps.db.transaction(async (sql) => {
    const order = await store.lockRefundable(sql, request.orderId);
    if (!order) throw new DomainError("order.not_found", "No such order");
    if (request.refundId !== undefined) {
      const known = await store.findRefund(sql, request.refundId);
      if (known?.orderId === request.orderId) return { refunds: [], endsOrder: false, repeated: true };
      if (known) throw new DomainError("order.conflict", "This refund's id belongs to another order");
    }
    const keepFen = request.code === "payment.surplus" ? priceKept(order.status, order.amountFen) : 0;
    const decision = decideRefund(order.status, order.left, { ...request, keepFen });
    if (!decision.ok) throw refusal(decision, order.status);
    await requireUndelivered(sql, request, decision.endsOrder);
    const now = deps.clock.now();
    const refunds = decision.parts.map((part, at) => ({
      ...part,
      id: (at === 0 ? request.refundId : undefined) ?? deps.newId(),
    }));
    for (const refund of refunds)
      await store.insertRefund(sql, {
        ...refund,
        orderId: request.orderId,
        ...{ code: request.code, reason: request.reason, askedBy: request.by?.name ?? null, now },
      });
    const facts = {
      amountFen: refunds.reduce((sum, refund) => sum + refund.amountFen, 0),
      reason: request.reason,
      ...(request.by ? { by: request.by.name } : {}),
      ...(refunds.length === 1 ? { refund: refunds[0]?.id } : {}),
    };
    const note = { id: request.orderId, code: request.code, facts, now };
    if (decision.endsOrder) await store.beginRefunding(sql, { ...note, from: order.status });
    else await store.noteRefund(sql, note);
    return { refunds, endsOrder: decision.endsOrder, repeated: false };
  });
}

/** The order is locked by now, so that nobody delivers it in the middle of this. */
async function requireUndelivered(sql: Sql, request: RefundRequest, endsOrder: boolean): Promise<void> {
  if (request.despiteSupplier === true) return;
  const recharges = await readRecharges(sql, request.orderId);
  const why = recharges && whyNotGiveBack(recharges, request.testimony, endsOrder);
  if (why === "unclear")
    throw new DomainError(
      "refund.recharge_unclear",
      "The supplier does not say that it left the recharge undone: try again later, or set despiteSupplier to give the money back all the same",
    );
  if (why === "recharged")
    throw new DomainError(
      "refund.partly_recharged",
      "The supplier has done a recharge of this order: give back no more than the price of the rest, deliver the order again, or set despiteSupplier to give all of it back",
    );
}

type Refused = Extract<ReturnType<typeof decideRefund>, { ok: false }>;

function refusal({ why, leftFen }: Refused, status: OrderStatus): DomainError {
  switch (why) {
    case "nothing_paid":
      return new DomainError("order.not_refundable", `No money came for this order, which is ${status}`);
    case "all_returned":
      return new DomainError(
        "order.not_refundable",
        "All that was paid is back already, or on its way; the order's refunds say how far",
      );
    case "delivering":
      return new DomainError(
        "order.not_refundable",
        "The order is being handed over this moment: wait until it is delivered or has failed, or give back a part",
      );
    case "exceeds":
      return new DomainError("refund.exceeds_paid", `At most ${leftFen} fen are left to give back`);
  }
}
