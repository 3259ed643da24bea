import { DomainError } from "@orderwatch/shared/problem.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import {
  askAboutOrder,
  askPayment,
  askRefund,
  confirmPayment,
  type PaymentDeps,
  ProviderError,
  recordRefund,
  requestRefund,
  wordOf,
} from "../payments/actions.ts";
import * as store from "./difference-store.ts";

/** Asking a company takes seconds at most; who has been at it for longer has died. */
const leaseMs = 30_000;

type Outcome = { state: "resolved" | "open"; outcome: string };
const resolved = (outcome: string): Outcome => ({ state: "resolved", outcome });
const stillOpen = (outcome: string): Outcome => ({ state: "open", outcome });

/**
 * Does what staff asked for about differences, through the ordinary ways of money. What is done twice, after a crash,
 * changes nothing: each is keyed by what it is about. What those ways refuse is noted as the refusal's code.
 */
export async function actDue(deps: PaymentDeps, limit = 10): Promise<{ more: boolean }> {
  const now = deps.clock.now();
  const leaseUntil = new Date(now.getTime() + leaseMs);
  const due = await store.claimActions(deps.db.sql, { now, leaseUntil, limit });
  if (due.length > 0) await faultPoint("difference.claimed");
  await Promise.all(
    due.map(async (each) => {
      const { state, outcome } = await act(deps, each);
      await faultPoint("difference.acted");
      await store.endAction(deps.db.sql, { id: each.id, state, outcome, now: deps.clock.now() });
    }),
  );
  return { more: due.length === limit };
}

async function act(deps: PaymentDeps, due: store.DueAction): Promise<Outcome> {
  try {
    switch (due.action) {
      case "ask_payment":
        return await askAboutPayment(deps, due, known(due.paymentId));
      case "ask_refund":
        return await askAboutRefund(deps, known(due.refundId));
      case "refund_surplus":
        return await giveBack(deps, due, known(due.orderId), known(due.paymentId));
      case "record_refund":
        return await record(deps, due, known(due.orderId), known(due.paymentId));
      case "confirm_payment":
        return await confirm(deps, due, known(due.orderId), known(due.paymentId));
      case "accept":
        return resolved("accepted");
    }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return stillOpen(error.code);
  }
}

function known(id: string | null): string {
  if (id !== null) return id;
  throw new DomainError("reconciliation.conflict", "This shop has no row of what this is about");
}

async function askAboutPayment(deps: PaymentDeps, due: store.DueAction, paymentId: string): Promise<Outcome> {
  const answer = await askPayment(deps, paymentId);
  if (answer.state === "unreachable") return stillOpen("provider.unreachable");
  if (answer.state !== "success") return stillOpen("provider.denies");
  if (!answer.isPaidHere) return stillOpen("payment.not_settled");
  return resolved(due.kind === "not_in_bill" ? "provider.confirms" : "payment.settled");
}

async function askAboutRefund(deps: PaymentDeps, refundId: string): Promise<Outcome> {
  const { state, isDone } = await askRefund(deps, refundId);
  if (state === "success") return isDone ? resolved("refund.done") : stillOpen("refund.ended_otherwise");
  return stillOpen(state === "unreachable" ? "provider.unreachable" : `refund.${state}`);
}

/**
 * Gives back what of this payment is too much by now: somebody may have returned some of it by hand. The difference's own
 * id is the refund's, so that a repetition gives back nothing more.
 */
async function giveBack(
  deps: PaymentDeps,
  due: store.DueAction,
  orderId: string,
  paymentId: string,
): Promise<Outcome> {
  await requestRefund(deps, {
    ...{ orderId, paymentId, refundId: due.id, reason: due.reason, by: due.by },
    code: "payment.surplus",
  });
  return resolved("refund.requested");
}

/** The difference's own id is the refund's here as well; what the bill says went back is what is entered. */
async function record(
  deps: PaymentDeps,
  due: store.DueAction,
  orderId: string,
  paymentId: string,
): Promise<Outcome> {
  const { id: refundId, reason, by } = due;
  try {
    await recordRefund(deps, { refundId, orderId, paymentId, amountFen: due.billFen ?? 0, reason, by });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    deps.log.warn({ err: error, paymentId }, "the provider could not be asked about a refund of ours");
    return stillOpen("provider.unreachable");
  }
  return resolved("refund.recorded");
}

/**
 * Enters the money on a named person's word. What refuses that may be that it is entered already: by this very action, whose
 * process died, or by the company, whose call came first. Its own word ends that it was unheard, but no other amount.
 */
async function confirm(
  deps: PaymentDeps,
  due: store.DueAction,
  orderId: string,
  paymentId: string,
): Promise<Outcome> {
  try {
    return await confirmUnheard(deps, due, orderId, paymentId);
  } catch (error) {
    const word = error instanceof DomainError ? await wordOf(deps, paymentId) : null;
    if (word === "staff") return resolved("payment.confirmed");
    if (word === "provider" && due.kind === "paid_unheard") return resolved("payment.settled");
    throw error;
  }
}

async function confirmUnheard(
  deps: PaymentDeps,
  due: store.DueAction,
  orderId: string,
  paymentId: string,
): Promise<Outcome> {
  const testimony = await askAboutOrder(deps, orderId, paymentId);
  // Where goods are to follow such money all the same, staff say so on the order's own page.
  if (testimony.answer.state === "success" && testimony.answer.returned)
    return stillOpen("provider.returned");
  const { confirmedBy } = await confirmPayment(deps, {
    ...{ orderId, testimony, reason: due.reason, by: due.by, despiteProvider: true },
    ...(due.tradeNo === null ? {} : { tradeNo: due.tradeNo }),
  });
  deps.fire("orders.fulfil");
  return resolved(confirmedBy === "provider" ? "payment.settled" : "payment.confirmed");
}
