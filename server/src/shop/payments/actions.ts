import { DomainError, remedies } from "@orderwatch/shared/problem.ts";
import type { PaymentMethod, PaymentOffer, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { Keys } from "../../platform/crypto.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { NewId } from "../../platform/ids.ts";
import { paymentOffer, rules } from "../orders/actions.ts";
import { payFromBalance } from "./balance-actions.ts";
import { ask, type EnquiryDeps, enquiries, refusePayer } from "./enquiry-actions.ts";
import type { Providers } from "./providers/factory.ts";
import { type PaymentProvider, ProviderError } from "./providers/provider.ts";
import { markOpened, readNewestPayment, readPayment, replacePayment } from "./store.ts";
import type { Arrival } from "./troubled-providers.ts";

export {
  askAboutOrder,
  confirmPayment,
  wordOf,
} from "./confirm-actions.ts";
export { giveCredit, readCredit } from "./credit-actions.ts";
export { askDue, askPayment, learnOfPayment } from "./enquiry-actions.ts";
export { createNoticeLog } from "./notices.ts";
export { type Bill, type BillEntry, BillError } from "./providers/bill.ts";
export { createProviders, listProviders, type Providers } from "./providers/factory.ts";
export { ProviderError } from "./providers/provider.ts";
export { idOfTradeNumber } from "./providers/trade-number.ts";
export { recordRefund } from "./recorded-refund-actions.ts";
export {
  askRefund,
  receiveRefundNotice,
  refundDue,
  requestRefund,
} from "./refund-actions.ts";
export { settleDue } from "./settle-actions.ts";
export { createSubjectOf, meetNotice, troubleProviders } from "./troubled-providers.ts";

export interface PaymentDeps extends EnquiryDeps {
  newId: NewId;
  /** By what holds end; the database's clock, which is the same for all nodes, unless a test says otherwise. */
  at?: () => Date | null;
  shopUrl: string;
  /** Why no new payment of this method may begin now; those that began stay valid. */
  refusalOf?: (method: PaymentMethod) => DomainError | null;
  /** Where the payment companies call, if not at the shop's own address. */
  callbacksUrl?: string;
  /** Told whose balance changed. */
  onBalance?: (buyerId: string) => void;
  /** What a drill does to a callback that was believed; undefined at once while it does nothing. */
  meetNotice?: (method: PaymentMethod, paymentId: string) => Promise<Arrival | undefined> | undefined;
}

function providerOf(providers: Providers, method: Tender): PaymentProvider {
  const provider = providers[method];
  if (provider) return provider;
  throw channelUnavailable(method, "This shop does not take it");
}

function channelUnavailable(method: Tender, detail: string, cause?: unknown): DomainError {
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
  const payment = await readPayment(deps.db.sql, paymentId, deps.at?.() ?? null);
  if (!payment) throw new DomainError("payment.not_found", "No such payment");
  const orderPage = `${deps.shopUrl}/o/${payment.orderId}`;
  const now = payment.readAt;
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
    if (error instanceof ProviderError && error.paid) {
      // We stopped between its prepayment and our note of it, and the buyer has paid meanwhile.
      await ask(deps, { id: paymentId, method: payment.method, status: "opened", isOver: false });
      return { go: "order", url: orderPage };
    }
    const reason = "The payment company does not answer";
    await refusePayer(deps, paymentId, "payment.channel_unavailable", reason);
    return { go: "order", url: orderPage, refusal: channelUnavailable(payment.method, reason, error) };
  }
  await faultPoint("payment.prepaid");
  const isOpen = await markOpened(deps.db.sql, {
    ...{ paymentId, orderId: payment.orderId, url, now, holdUntil },
    askAt: new Date(now.getTime() + enquiries.everyMs),
  });
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
  const { offer, closed } = await switchHere(deps, orderId, { method });
  await faultPoint("payment.switched");
  await Promise.all(closed.map((payment) => closeAtProvider(deps, payment)));
  return offer;
}

/** So many payments may be begun for one order: each stays, and whoever reads the order is shown that it was. */
const mostPayments = 20;

export interface Switched {
  offer: PaymentOffer;
  /** Closed here, and to be closed at their providers once the transaction has ended. */
  closed: { id: string; method: Tender }[];
}

/**
 * The half of `switchPayment` that calls nobody, for who does more in the same transaction; `closeSwitched` is the other.
 * A payment of this method that nobody has opened yet is given back as it is. With `from`, an order whose buyer has changed the
 * way to pay meanwhile is left alone; `facts` tell who did it and why.
 * Throws `order.not_payable`, `payment.too_many` and `payment.channel_unavailable`.
 */
export async function switchHere(
  deps: Pick<PaymentDeps, "db" | "clock" | "at" | "newId" | "providers" | "shopUrl" | "refusalOf">,
  orderId: string,
  wanted: { method: PaymentMethod; from?: Tender; facts?: Record<string, string> },
): Promise<Switched> {
  const { method, from, facts } = wanted;
  providerOf(deps.providers, method);
  const refusal = deps.refusalOf?.(method);
  if (refusal) throw refusal;
  const now = deps.clock.now();
  const newest = await readNewestPayment(deps.db.sql, orderId);
  if (newest?.isFresh && newest.method === method && from === undefined && newest.expiresAt > now)
    return { offer: paymentOffer(deps.shopUrl, newest), closed: [] };
  if (newest && newest.begun >= mostPayments)
    throw new DomainError("payment.too_many", `At most ${mostPayments} payments may be begun for one order`);
  const id = deps.newId();
  const replaced = await replacePayment(deps.db.sql, {
    ...{ id, orderId, method, from, facts, now, at: deps.at?.() ?? null },
    askAt: new Date(now.getTime() + enquiries.everyMs),
  });
  if (!replaced)
    throw new DomainError("order.not_payable", "This order does not wait for that payment any more");
  const offer = paymentOffer(deps.shopUrl, { id, method, expiresAt: replaced.expiresAt });
  return { offer, closed: replaced.closed };
}

/**
 * Closes switched payments at their providers. What could not be closed, or was paid already, the next enquiry finds: it is
 * due in any case, so that nothing depends on this call.
 */
export async function closeSwitched(
  { providers, log }: Pick<PaymentDeps, "providers" | "log">,
  closed: Switched["closed"],
): Promise<void> {
  await Promise.all(
    closed.map(async ({ id, method }) => {
      try {
        await providers[method]?.close(id);
      } catch (error) {
        log.warn({ err: error, paymentId: id }, "a payment could not be closed at its provider");
      }
    }),
  );
}

/** Pays an unpaid order from its signed-in buyer's balance, all of it; the earlier payments are closed. Throws as `payFromBalance`. */
export async function spendOnOrder(
  deps: PaymentDeps & { keys: Keys },
  orderId: string,
  session: string,
): Promise<PaymentOffer> {
  const { offer, buyerId, closed } = await payFromBalance(deps, { orderId, session });
  deps.onBalance?.(buyerId);
  deps.signals.paid(1);
  deps.fire("orders.fulfil");
  await Promise.all(closed.map((payment) => closeAtProvider(deps, payment)));
  return offer;
}

/** Should closing fail and the buyer pay twice, the surplus goes back by itself; so a failure is only noted. */
async function closeAtProvider(deps: PaymentDeps, payment: { id: string; method: Tender }): Promise<void> {
  try {
    await deps.providers[payment.method]?.close(payment.id);
  } catch (error) {
    if (error instanceof ProviderError && error.paid)
      await ask(deps, { ...payment, status: "closed", isOver: false });
    else
      deps.log.warn({ err: error, paymentId: payment.id }, "a payment could not be closed at its provider");
  }
}
