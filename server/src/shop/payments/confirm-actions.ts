import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Tender } from "@orderwatch/shared/shop/orders.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import { whyNotConfirm } from "../orders/actions.ts";
import * as store from "./confirm-store.ts";
import type { Providers } from "./providers/factory.ts";
import { ProviderError, type ProviderPayment } from "./providers/provider.ts";
import type { Asker } from "./refund-actions.ts";
import { settleClaimed } from "./settle-statement.ts";

export interface ConfirmDeps {
  db: Database;
  clock: Clock;
  newId: NewId;
  log: Logger;
  providers: Providers;
}

/** What a payment company says about an order's payment; `unreachable` when it says nothing. */
export interface Testimony {
  payment: { id: string; method: Tender; amountFen: number };
  answer: ProviderPayment | { state: "unreachable" };
}

/**
 * Asks the payment companies about an order's open payments (or about one), newest first, and answers what is most worth
 * knowing: money that came, else what became of the newest. Throws `order.not_found` and `order.not_confirmable`.
 */
export async function askAboutOrder(
  deps: ConfirmDeps,
  orderId: string,
  paymentId?: string,
): Promise<Testimony> {
  const order = await store.readConfirmable(deps.db.sql, orderId);
  if (!order) throw new DomainError("order.not_found", "No such order");
  const open = order.payments.filter(
    (payment) => payment.status !== "paid" && (paymentId === undefined || payment.id === paymentId),
  );
  const [newest] = open;
  if (!newest)
    throw new DomainError(
      "order.not_confirmable",
      `Every payment of this order (${order.status}) is on record as paid already`,
    );
  const heard: Testimony[] = [];
  for (const payment of open.slice(0, mostAsked)) {
    const answer = await askAbout(deps, payment);
    if (answer.state === "success") return { payment, answer };
    heard.push({ payment, answer });
  }
  const silent = heard.find(({ answer }) => answer.state === "unreachable");
  return silent ?? heard[0] ?? { payment: newest, answer: { state: "unreachable" } };
}

/** An order rarely has more than two payments; a buyer who clicks on and on must not make staff wait. */
const mostAsked = 5;

async function askAbout(
  deps: ConfirmDeps,
  payment: { id: string; method: Tender },
): Promise<Testimony["answer"]> {
  try {
    return (await deps.providers[payment.method]?.query(payment.id)) ?? { state: "unreachable" };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    deps.log.warn({ err: error, paymentId: payment.id }, "the provider could not be asked about a payment");
    return { state: "unreachable" };
  }
}

export interface Confirmation {
  orderId: string;
  testimony: Testimony;
  /** The transaction as the payment company numbers it; needed where the company's own word is missing. */
  tradeNo?: string | undefined;
  /** Confirms against the company's word. */
  despiteProvider?: boolean | undefined;
  reason: string;
  by: Asker | null;
}

export interface Confirmed {
  paymentId: string;
  tradeNo: string;
  /** Whose word it is. */
  confirmedBy: "provider" | "staff";
}

/**
 * Enters that money came for an order, and settles it as a callback would be: the order becomes paid, or the money goes
 * back if it cannot. The company's word counts first; a person's needs the transaction's number. A real callback that
 * comes later finds the payment paid and changes nothing. Call it inside a transaction to write more with it.
 * Throws `order.not_confirmable`, `payment.not_received`, `payment.trade_used` and `order.conflict`.
 */
export async function confirmPayment(
  deps: Pick<ConfirmDeps, "db" | "clock" | "newId">,
  confirmation: Confirmation,
): Promise<Confirmed> {
  const { payment, answer } = confirmation.testimony;
  return await deps.db.transaction(async (sql) => {
    const now = deps.clock.now();
    const order = await store.readConfirmable(sql, confirmation.orderId);
    if (!order) throw new DomainError("order.not_found", "No such order");
    const isProviders =
      answer.state === "success" && !answer.returned && answer.amountFen === payment.amountFen;
    if (!isProviders) requirePersonsWord(confirmation, whyNotConfirm(order.status, order.payments));
    const tradeNo = isProviders ? answer.tradeNo : (confirmation.tradeNo ?? "");
    if (await store.isTradeUsed(sql, { tradeNo, method: payment.method, paymentId: payment.id }))
      throw new DomainError("payment.trade_used", `Transaction ${tradeNo} is on record for another payment`);
    const notice = await store.enterNotice(sql, {
      id: deps.newId(),
      provider: payment.method,
      noticeId: `${isProviders ? "asked" : "staff"}:${payment.id}`,
      paymentId: payment.id,
      tradeNo,
      amountFen: payment.amountFen,
      paidAt: isProviders ? answer.paidAt : now,
      confirmedBy: confirmation.by?.name ?? null,
      note: confirmation.reason,
      now,
    });
    if (!notice)
      throw new DomainError("order.conflict", "This payment is being entered by somebody else this moment");
    await settleClaimed(sql, now, [{ id: notice, orderId: confirmation.orderId }]);
    return { paymentId: payment.id, tradeNo, confirmedBy: isProviders ? "provider" : "staff" };
  });
}

/** By whose word a payment is on record as paid; null where it is not. */
export const wordOf = (
  { db }: Pick<ConfirmDeps, "db">,
  paymentId: string,
): Promise<Confirmed["confirmedBy"] | null> => store.readWord(db.sql, paymentId);

function requirePersonsWord(
  { testimony: { answer, payment }, tradeNo, despiteProvider }: Confirmation,
  whyNot: ReturnType<typeof whyNotConfirm>,
): void {
  if (whyNot !== null)
    throw new DomainError(
      "order.not_confirmable",
      whyNot === "paid"
        ? "This order is paid already; money that came again is given back with a refund"
        : "This order is over; money that comes for it goes back by itself",
    );
  if (answer.state === "unreachable") {
    if (tradeNo !== undefined) return;
    throw new DomainError(
      "payment.not_received",
      `${payment.method} does not answer: give the transaction's number to confirm on your own word, or try again later`,
    );
  }
  if (tradeNo !== undefined && despiteProvider === true) return;
  const said =
    answer.state === "success"
      ? `that ${answer.amountFen} fen came${answer.returned ? ", and that money went back" : ""}`
      : answer.state;
  throw new DomainError(
    "payment.not_received",
    `${payment.method} says: ${said}. To confirm against its word, give the transaction's number and say so`,
  );
}
