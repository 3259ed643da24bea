import { DomainError, remedies } from "@orderwatch/shared/problem.ts";
import type { Origin } from "@orderwatch/shared/shop/orders.ts";
import type {
  AskForCall,
  AskForCallWithoutOrder,
  RateAnswer,
  WriteMessage,
} from "@orderwatch/shared/shop/support.ts";
import type { Sql } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import { isPartlyRefunded, redeliver } from "../fulfilment/redelivery-actions.ts";
import { changeAccount } from "../orders/account-actions.ts";
import { contactKeys } from "../orders/contact-actions.ts";
import { openFor, type SupportContext, sealPart, viewConversation } from "./actions.ts";
import { rules, whyNotCorrect } from "./domain.ts";
import * as store from "./store.ts";

const dayMs = 86_400_000;

/** Adds to an order's thread, and opens again what was settled. Throws `support.too_many`. */
export async function writeMessage(
  context: SupportContext,
  orderId: string,
  { text, language, messageId }: WriteMessage,
): Promise<void> {
  const { db, keys, clock, newId } = context;
  await db.transaction(async (sql) => {
    const now = clock.now();
    const conversationId = await openFor(context, sql, { orderId, language });
    if (messageId !== undefined && (await store.hasMessage(sql, conversationId, messageId))) return;
    const written = await store.countOfBuyer(sql, conversationId, new Date(now.getTime() - dayMs));
    if (written >= rules.messagesADay)
      throw new DomainError("support.too_many", `At most ${rules.messagesADay} messages in 24 hours`);
    const news = await store.countNews(sql, conversationId, { state: "open", now });
    await store.insertMessage(sql, {
      ...{ id: newId(), conversationId, at: now, author: "buyer", kind: "message", news },
      ...{ text: sealPart(keys, conversationId, "message", JSON.stringify(text)), key: messageId ?? null },
    });
  });
}

/** Asks to be called about an order; the newest wish counts. */
export async function askForCall(context: SupportContext, orderId: string, wish: AskForCall): Promise<void> {
  await context.db.transaction(async (sql) => {
    const conversationId = await openFor(context, sql, { orderId, language: wish.language });
    await keepWish(context, sql, conversationId, wish);
  });
}

/** Asks to be called where no order was made; the same key is the same wish. */
export async function askForCallWithoutOrder(
  context: SupportContext,
  key: string,
  origin: Origin,
  wish: AskForCallWithoutOrder,
): Promise<void> {
  const { db, keys, clock, newId } = context;
  await db.transaction(async (sql) => {
    const id = newId();
    const isNew = await store.beginWithoutOrder(sql, {
      ...{ id, origin, language: wish.language, now: clock.now(), key: keys.lookup("call-wish", key) },
      ...{ sku: wish.sku ?? null, quantity: wish.quantity ?? null, code: wish.code ?? null },
      ...contactKeys(keys, { phone: wish.phone }),
    });
    if (isNew) await keepWish(context, sql, id, wish);
  });
}

async function keepWish(
  { keys, clock }: SupportContext,
  sql: Sql,
  conversationId: string,
  { phone, bestFrom, bestTo, note }: AskForCall,
): Promise<void> {
  const now = clock.now();
  const news = await store.countNews(sql, conversationId, { state: "open", now });
  await store.saveWish(sql, {
    ...{ conversationId, news, askedAt: now },
    phone: sealPart(keys, conversationId, "phone", phone),
    bestFrom: bestFrom === undefined ? null : new Date(bestFrom),
    bestTo: bestTo === undefined ? null : new Date(bestTo),
    note: note === undefined ? null : sealPart(keys, conversationId, "call-note", note),
  });
}

/** Throws `support.not_answered`. */
export async function rateAnswer(
  context: SupportContext,
  orderId: string,
  { stars, note }: RateAnswer,
): Promise<void> {
  const { db, keys, clock } = context;
  const refusal = new DomainError("support.not_answered", "There is no answer to rate yet");
  if (!(await viewConversation(context, orderId)).mayRate) throw refusal;
  await db.transaction(async (sql) => {
    const found = await store.readByOrder(sql, orderId);
    if (!found) throw refusal;
    const news = await store.countNews(sql, found.id, { state: null, now: clock.now() });
    await store.saveRating(sql, {
      ...{ id: found.id, stars, news },
      note: note === undefined ? null : sealPart(keys, found.id, "rating-note", note),
    });
  });
}

/**
 * Names another account for an order whose own does not exist, and delivers again: both or neither, and by whoever is
 * first. Throws `order.not_found`, `order.account_final`, `order.partly_refunded`, `support.too_many`, and
 * `stock.limit_exceeded` where the other account may not have what is bought.
 */
export async function correctAccount(
  { db, keys, clock }: Pick<SupportContext, "db" | "keys" | "clock">,
  orderId: string,
  account: string,
): Promise<void> {
  await db.transaction(async (sql, within) => {
    const order = await store.lockOrder(sql, orderId);
    if (!order) throw new DomainError("order.not_found", "No such order");
    const why = whyNotCorrect(
      { ...order, isPartlyRefunded: await isPartlyRefunded(sql, orderId) },
      await store.countCorrections(sql, orderId),
    );
    if (why === "final")
      throw new DomainError(
        "order.account_final",
        "An account is corrected only where delivery failed because it does not exist",
        { remedies: remedies("risk.rejected") },
      );
    if (why === "refunded")
      throw new DomainError(
        "order.partly_refunded",
        "Money of this order went back, so that a person has to see to its delivery",
        { remedies: remedies("risk.rejected") },
      );
    if (why === "too_many")
      throw new DomainError("support.too_many", `An account can be corrected ${rules.corrections} times`, {
        remedies: remedies("risk.rejected"),
      });
    await changeAccount({ keys, clock }, sql, { id: orderId, account });
    await redeliver({ db: within, clock }, { id: orderId, reason: store.correctedBy, by: null });
  });
  await faultPoint("account.corrected");
}
