import { DomainError } from "@orderwatch/shared/problem.ts";
import type { WebPushSubscription } from "@orderwatch/shared/push.ts";
import type { AskRestockNotice, WatchOrder } from "@orderwatch/shared/shop/news.ts";
import type { Contact } from "@orderwatch/shared/shop/orders.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database, Sql } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import { deviceKeyOf } from "../orders/actions.ts";
import { contactKeys } from "../orders/contact-actions.ts";
import { rules } from "./domain.ts";
import * as store from "./store.ts";

interface NewsContext {
  db: Pick<Database, "sql">;
  keys: Keys;
  clock: Clock;
  newId: NewId;
}

/** Whom a restock notice goes to, as it lies sealed in its row. */
type Wish = Contact & { push?: WebPushSubscription | undefined; language?: Language | undefined };

/**
 * Remembers who wants to know when a product is back; asking again changes nothing. `deviceId`: the identity that we signed
 * for the device that asks, by which the wish is found when its buyer wants their data.
 */
export async function askRestockNotice(
  { db, keys, clock, newId }: NewsContext,
  { sku, contact, push, language }: Pick<AskRestockNotice, "sku" | "contact"> & Partial<AskRestockNotice>,
  deviceId?: string,
): Promise<void> {
  const id = newId();
  const { phoneKey, emailKey } = contactKeys(keys, contact);
  const wish: Wish = { ...contact, push, language };
  const same = JSON.stringify(push === undefined ? contact : { push: push.endpoint });
  const isKnown = await store.insertRestockNotice(db.sql, {
    ...{ id, sku, now: clock.now(), phoneKey, emailKey, deviceKey: deviceKeyOf(keys, deviceId) },
    contact: keys.seal(JSON.stringify(wish), noticeContext(id)),
    contactKey: keys.lookup64("restock", same),
  });
  if (!isKnown) throw new DomainError("product.not_found", `${sku} is not for sale`);
}

/** Remembers a browser that shall hear how an order ends. The caller has shown the order's token. */
export async function watchOrder(
  { db, keys, clock, newId }: NewsContext,
  orderId: string,
  { push, language }: WatchOrder,
): Promise<void> {
  const id = newId();
  await store.insertWatcher(db.sql, {
    ...{ id, orderId, language, now: clock.now() },
    subscription: keys.seal(JSON.stringify(push), watcherContext(id)),
    subscriptionKey: keys.lookup("order-watcher", push.endpoint),
  });
}

export interface RestockNews {
  id: string;
  sku: string;
  name: string;
  language: Language;
  to: Contact & { push?: WebPushSubscription | undefined };
}

/** Notices whose product is back. They are gone with the caller's transaction, which has to send them. */
export async function takeRestockNews(keys: Keys, sql: Sql, limit: number): Promise<RestockNews[]> {
  const rows = await store.takeRestocked(sql, limit);
  return rows.map(({ id, sku, name, contact }) => {
    const { language = "zh-CN", ...to } = JSON.parse(keys.open(contact, noticeContext(id))) as Wish;
    return { id, sku, name, language, to };
  });
}

export interface OrderNews extends Omit<store.WatcherRow, "subscription"> {
  push: WebPushSubscription;
}

/** Watchers of orders that ended or halted. They are gone with the caller's transaction, which has to send them. */
export async function takeOrderNews(keys: Keys, sql: Sql, now: Date, limit: number): Promise<OrderNews[]> {
  const rows = await store.takeWatchers(sql, new Date(now.getTime() - rules.watchMs), limit);
  return rows.map(({ subscription, ...row }) => ({
    ...row,
    push: JSON.parse(keys.open(subscription, watcherContext(row.id))) as WebPushSubscription,
  }));
}

const noticeContext = (id: string) => `restock:${id}`;
const watcherContext = (id: string) => `order-watcher:${id}`;
