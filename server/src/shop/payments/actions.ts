import { DomainError, remedies } from "@orderwatch/shared/problem.ts";
import type { PaymentMethod, PaymentOffer } from "@orderwatch/shared/shop/orders.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import { type OrderSignals, paymentOffer, rules } from "../orders/actions.ts";
import type { NoticeLog } from "./notices.ts";
import type { Providers } from "./providers/factory.ts";
import { type PaymentProvider, ProviderError, type ProviderPayment } from "./providers/provider.ts";
import { settleNotices } from "./settle-statement.ts";
import {
  claimEnquiries,
  claimEnquiry,
  markOpened,
  readPayment,
  recordPayerRefusal,
  replacePayment,
} from "./store.ts";

export {
  askAboutOrder,
  type Confirmation,
  type Confirmed,
  confirmPayment,
  type Testimony,
} from "./confirm-actions.ts";
export { createNoticeLog } from "./notices.ts";
export { createProviders, type Providers } from "./providers/factory.ts";
export {
  type Asker,
  type RefundRequest,
  type Requested,
  receiveRefundNotice,
  refundDue,
  requestRefund,
} from "./refund-actions.ts";

export interface PaymentDeps {
  db: Database;
  clock: Clock;
  newId: NewId;
  log: Logger;
  providers: Providers;
  notices: NoticeLog;
  signals: OrderSignals;
  shopUrl: string;
  /** Where the payment companies call, if not at the shop's own address. */
  callbacksUrl?: string;
  /** Fired when there are notices to settle, and when there are paid orders to deliver. */
  fire: (trigger: "payments.settle" | "orders.fulfil") => void;
}

/** Reading an order asks its provider at most this often; a payment that nobody reads is asked about this often. */
const askOnReadMs = 1_000;
const askUnreadMs = 30_000;

function providerOf(providers: Providers, method: PaymentMethod): PaymentProvider {
  const provider = providers[method];
  if (provider) return provider;
  throw channelUnavailable(method, "This shop does not take it");
}

function channelUnavailable(method: PaymentMethod, detail: string, cause?: unknown): DomainError {
  const others = (["wechat", "alipay"] as const).filter((other) => other !== method);
  return new DomainError("payment.channel_unavailable", detail, {
    remedies: remedies("payment.channel_unavailable", { switch_payment: { paymentMethods: others } }),
    cause,
  });
}

export interface Opening {
  go: "provider" | "order";
  url: string;
  /** Why it leads to the order's page, where a payment company let us down just now. */
  refusal?: DomainError;
}

/**
 * Opens a payment for its buyer: the provider's prepayment is made when it is first opened, and the hold is prolonged
 * once. A payment that can no longer be paid leads to the order's page, which says why.
 */
export async function openPayment(deps: PaymentDeps, paymentId: string, buyerIp: string): Promise<Opening> {
  const payment = await readPayment(deps.db.sql, paymentId);
  if (!payment) throw new DomainError("payment.not_found", "No such payment");
  const orderPage = `${deps.shopUrl}/o/${payment.orderId}`;
  const now = deps.clock.now();
  const isPayable = payment.orderStatus === "awaiting_payment" && payment.orderExpiresAt > now;
  if (!isPayable || payment.status === "closed" || payment.status === "paid")
    return { go: "order", url: orderPage };
  if (payment.url) return { go: "provider", url: payment.url };

  const provider = providerOf(deps.providers, payment.method);
  const holdUntil = payment.prolonged
    ? payment.orderExpiresAt
    : new Date(Math.max(payment.orderExpiresAt.getTime(), now.getTime() + rules.prolongMs));
  const expiresAt = new Date(holdUntil.getTime() - rules.providerMarginMs);
  if (expiresAt <= now) return { go: "order", url: orderPage };
  let url: string;
  await faultPoint("payment.prepaying");
  try {
    const prepaid = await provider.prepay({
      paymentId,
      amountFen: payment.amountFen,
      description: payment.description,
      notifyUrl: `${deps.callbacksUrl ?? deps.shopUrl}/api/payments/${payment.method}/notify`,
      returnUrl: orderPage,
      expiresAt,
      buyerIp,
    });
    url = prepaid.url;
  } catch (error) {
    const reason = "The payment company does not answer";
    await refusePayer(deps, paymentId, "payment.channel_unavailable", reason);
    return { go: "order", url: orderPage, refusal: channelUnavailable(payment.method, reason, error) };
  }
  await faultPoint("payment.prepaid");
  const isOpen = await markOpened(deps.db.sql, { paymentId, orderId: payment.orderId, url, now, holdUntil });
  await faultPoint("payment.opened");
  if (isOpen) return { go: "provider", url };
  await closeAtProvider(deps, { id: paymentId, method: payment.method });
  return { go: "order", url: orderPage };
}

/** A new payment for an unpaid order. The earlier ones are closed here, then at their providers. */
export async function switchPayment(
  deps: PaymentDeps,
  orderId: string,
  method: PaymentMethod,
): Promise<PaymentOffer> {
  providerOf(deps.providers, method);
  const id = deps.newId();
  const replaced = await replacePayment(deps.db.sql, { id, orderId, method, now: deps.clock.now() });
  if (!replaced)
    throw new DomainError("order.not_payable", "This order does not wait for a payment any more");
  await faultPoint("payment.switched");
  await Promise.all(replaced.closed.map((payment) => closeAtProvider(deps, payment)));
  return paymentOffer(deps.shopUrl, { id, method, expiresAt: replaced.expiresAt });
}

/** Should closing fail and the buyer pay twice, the surplus goes back by itself; so a failure is only noted. */
async function closeAtProvider(
  deps: PaymentDeps,
  payment: { id: string; method: PaymentMethod },
): Promise<void> {
  try {
    await deps.providers[payment.method]?.close(payment.id);
  } catch (error) {
    if (error instanceof ProviderError && error.paid) await ask(deps, payment);
    else
      deps.log.warn({ err: error, paymentId: payment.id }, "a payment could not be closed at its provider");
  }
}

/** Before an unpaid order is read: what its provider knows, asked at most once a second whoever reads. */
export async function learnOfPayment(deps: PaymentDeps, orderId: string): Promise<void> {
  const due = await claimEnquiry(deps.db.sql, orderId, deps.clock.now(), askOnReadMs);
  if (due) await ask(deps, due);
}

/** Payments whose callback may have been lost and whose buyer does not look. */
export async function askDue(deps: PaymentDeps, limit = 20): Promise<{ more: boolean }> {
  const due = await claimEnquiries(deps.db.sql, deps.clock.now(), askUnreadMs, limit);
  await Promise.all(due.map((payment) => ask(deps, payment)));
  return { more: due.length === limit };
}

/** Asks the provider about one payment and acts on its answer. An unreachable provider changes nothing. */
async function ask(deps: PaymentDeps, payment: { id: string; method: PaymentMethod }): Promise<void> {
  const provider = deps.providers[payment.method];
  if (!provider) return;
  let answer: ProviderPayment;
  try {
    answer = await provider.query(payment.id);
  } catch (error) {
    deps.log.warn({ err: error, paymentId: payment.id }, "the provider could not be asked about a payment");
    return;
  }
  await faultPoint("payment.asked");
  if (answer.state === "success") {
    const { tradeNo, amountFen, paidAt } = answer;
    await deps.notices.receive({
      provider: payment.method,
      noticeId: `asked:${payment.id}`,
      paymentId: payment.id,
      tradeNo,
      amountFen,
      paidAt,
    });
    await settleDue(deps);
  } else if (answer.state === "refused") {
    await refusePayer(deps, payment.id, answer.code, payerRefusals[answer.code]);
  }
}

const payerRefusals = {
  "payment.limit_exceeded": "The payment method's limit is exceeded",
  "payment.declined": "The payment was declined",
  "payment.timeout": "The payment was not completed in time",
} as const;

async function refusePayer(
  deps: PaymentDeps,
  paymentId: string,
  code: string,
  detail: string,
): Promise<void> {
  if (await recordPayerRefusal(deps.db.sql, { paymentId, code, detail, now: deps.clock.now() }))
    deps.signals.failed(code);
}

/** One pass of settling verified notices. */
export async function settleDue(
  deps: Pick<PaymentDeps, "db" | "clock" | "signals" | "fire" | "log">,
  limit = 200,
): Promise<{ more: boolean }> {
  const settled = await settleNotices(deps.db, deps.clock.now(), limit);
  if (settled.notices > 0) await faultPoint("settle.committed");
  if (settled.paid > 0) {
    deps.signals.paid(settled.paid);
    deps.fire("orders.fulfil");
  }
  if (settled.surplus > 0)
    deps.log.warn({ payments: settled.surplus }, "money came that no order waited for; it goes back");
  return { more: settled.notices === limit };
}
