import { DomainError } from "@orderwatch/shared/problem.ts";
import { paymentMethods } from "@orderwatch/shared/shop/orders.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import * as store from "./enquiry-store.ts";
import type { NoticeLog } from "./notices.ts";
import type { Providers } from "./providers/factory.ts";
import type { ProviderPayment } from "./providers/provider.ts";
import { type SettleDeps, settleDue } from "./settle-actions.ts";
import { readPayment } from "./store.ts";

/**
 * Callbacks get lost, so a payment that was opened at its provider is asked about until the answer can change nothing
 * any more: while it can be paid, and once more when it cannot.
 */
export interface EnquiryDeps extends SettleDeps {
  providers: Providers;
  notices: NoticeLog;
  /** What all nodes together ask one payment company; `enquiries.perSecond` unless a test says otherwise. */
  enquiriesPerSecond?: number;
}

export const enquiries = {
  /** Reading an order asks its provider at most this often, whoever reads. */
  onReadMs: 1_000,
  /** An open payment is asked about this often, whether or not anyone looks. */
  everyMs: 30_000,
  /** Whoever opened the payment or looked at the order within this time waits for the answer, and is served first. */
  activeMs: 60_000,
  /**
   * Of all nodes together, for each payment company. 1,500 open payments then have their turn every 30 s, while the
   * company, whose throttling would hit prepayments too, sees no more of it than of a busy shop's ordinary calls.
   */
  perSecond: 50,
} as const;

/** Before an unpaid order is read: what its provider knows. Without budget left it is the first to be asked about next. */
export async function learnOfPayment(deps: EnquiryDeps, orderId: string): Promise<void> {
  const due = await store.claimEnquiry(deps.db.sql, {
    ...{ orderId, now: deps.clock.now(), restMs: enquiries.onReadMs, everyMs: enquiries.everyMs },
    perSecond: deps.enquiriesPerSecond ?? enquiries.perSecond,
  });
  if (due) await ask(deps, due);
}

/** Payments whose callback may have been lost: those of active buyers first, then those that have waited longest. */
export async function askDue(deps: EnquiryDeps): Promise<{ more: boolean }> {
  const { everyMs, activeMs } = enquiries;
  const perSecond = deps.enquiriesPerSecond ?? enquiries.perSecond;
  await Promise.all(
    paymentMethods.map(async (method) => {
      const due = await store.claimEnquiries(deps.db.sql, {
        ...{ method, now: deps.clock.now(), everyMs, activeMs, perSecond },
      });
      await Promise.all(due.map((payment) => ask(deps, payment)));
    }),
  );
  return { more: false };
}

/** Asks about one payment now, whatever its state here, settles what is answered, and tells how it stands then. */
export async function askPayment(
  deps: EnquiryDeps,
  paymentId: string,
): Promise<{ state: ProviderPayment["state"] | "unreachable"; isPaidHere: boolean }> {
  const payment = await readPayment(deps.db.sql, paymentId, null);
  if (!payment) throw new DomainError("payment.not_found", "No such payment");
  const state = await ask(deps, { id: paymentId, method: payment.method, status: "opened", isOver: false });
  return { state, isPaidHere: (await readPayment(deps.db.sql, paymentId, null))?.status === "paid" };
}

/** Asks the provider about one payment and acts on its answer. An unreachable provider changes nothing. */
export async function ask(
  deps: EnquiryDeps,
  payment: store.DueEnquiry,
): Promise<ProviderPayment["state"] | "unreachable"> {
  const provider = deps.providers[payment.method];
  if (!provider) return "unreachable";
  let answer: ProviderPayment;
  try {
    answer = await provider.query(payment.id);
    // The buyer chose another payment, or their time is up, and this one can still be paid: not any more.
    if (payment.status === "closed" && (answer.state === "pending" || answer.state === "refused"))
      await provider.close(payment.id);
  } catch (error) {
    deps.log.warn({ err: error, paymentId: payment.id }, "the provider could not be asked about a payment");
    return "unreachable";
  }
  await faultPoint("payment.asked");
  if (answer.state === "success" && answer.returned) await leaveReturned(deps, payment);
  else if (answer.state === "success") await takePaid(deps, payment, answer);
  else if (payment.status === "closed") {
    if (answer.state !== "unknown" || payment.isOver) await store.concludeEnquiries(deps.db.sql, payment.id);
  } else if (answer.state === "refused") {
    await refusePayer(deps, payment.id, answer.code, payerRefusals[answer.code]);
  }
  return answer.state;
}

/**
 * Money that came and went back without us, as by hand in the company's own pages: goods must not follow it. What of it
 * stayed there is in the day's bill, and a person decides.
 */
async function leaveReturned(deps: EnquiryDeps, payment: store.DueEnquiry): Promise<void> {
  deps.log.warn({ paymentId: payment.id }, "money of this payment went back already, so nothing is settled");
  if (payment.status === "closed") await store.concludeEnquiries(deps.db.sql, payment.id);
}

async function takePaid(
  deps: EnquiryDeps,
  payment: store.DueEnquiry,
  { tradeNo, amountFen, paidAt }: Extract<ProviderPayment, { state: "success" }>,
): Promise<void> {
  const fate = await deps.notices.receive({
    ...{ provider: payment.method, noticeId: `asked:${payment.id}`, paymentId: payment.id },
    ...{ tradeNo, amountFen, paidAt },
  });
  await settleDue(deps);
  if (fate === "accepted" || fate === "repeated") return;
  deps.log.error(
    { paymentId: payment.id, fate, amountFen },
    "a payment company tells of money that fits nothing",
  );
  if (payment.status === "closed") await store.concludeEnquiries(deps.db.sql, payment.id);
}

const payerRefusals = {
  "payment.limit_exceeded": "The payment method's limit is exceeded",
  "payment.declined": "The payment was declined",
  "payment.timeout": "The payment was not completed in time",
} as const;

/** Notes why a payer was refused; the order goes on waiting for money. */
export async function refusePayer(
  deps: EnquiryDeps,
  paymentId: string,
  code: string,
  detail: string,
): Promise<void> {
  if (await store.recordPayerRefusal(deps.db.sql, { paymentId, code, detail, now: deps.clock.now() }))
    deps.signals.failed(code);
}
