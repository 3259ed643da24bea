import { DomainError } from "@orderwatch/shared/problem.ts";
import type { EndSubscription, StatusSubscription } from "@orderwatch/shared/shop/status-subscriptions.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database, Sql } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import * as store from "./subscription-store.ts";

interface SubscriptionContext {
  db: Pick<Database, "sql">;
  keys: Keys;
  clock: Clock;
  newId: NewId;
}

/** Where a subscriber is told, as it lies sealed in its row. */
export type SubscriberAddress =
  | { channel: "email"; email: string }
  | { channel: "push"; subscription: Extract<StatusSubscription, { channel: "push" }>["subscription"] };

export interface Subscriber {
  id: string;
  address: SubscriberAddress;
  language: store.SubscriptionRow["language"];
}

const dayMs = 24 * 3_600_000;
const betweenLinksMs = 10 * 60_000;

/** The same for every spelling of one address. */
const keyOf = (keys: Keys, address: { email: string } | { endpoint: string }) =>
  "email" in address
    ? keys.lookup("status-email", address.email.trim().toLowerCase())
    : keys.lookup("status-push", address.endpoint);

/** Takes a subscription. What it does, and how long it takes, does not tell whether the address was known. */
export async function subscribe(
  { db, keys, clock, newId }: SubscriptionContext,
  wanted: StatusSubscription,
): Promise<void> {
  const id = newId();
  const now = clock.now();
  const address: SubscriberAddress =
    wanted.channel === "email"
      ? { channel: "email", email: wanted.email }
      : { channel: "push", subscription: wanted.subscription };
  await store.addSubscription(db.sql, {
    ...{ id, channel: wanted.channel, language: wanted.language, now },
    address: keys.seal(JSON.stringify(address), contextOf(id)),
    addressKey: keyOf(keys, wanted.channel === "email" ? wanted : wanted.subscription),
    // A browser gives its subscription only when its owner has allowed it.
    confirmed: wanted.channel === "push",
    linksBefore: new Date(now.getTime() - betweenLinksMs),
  });
}

/** Throws `subscription.link_invalid` for a link that we did not sign, that is older than a day, or whose subscription is gone. */
export async function confirmSubscription(
  { db, keys, clock }: SubscriptionContext,
  token: string,
): Promise<void> {
  const now = clock.now();
  const id = readToken(keys, "confirm", token);
  const isKnown = id !== null && (await store.confirm(db.sql, id, now, new Date(now.getTime() - dayMs)));
  if (!isKnown) throw new DomainError("subscription.link_invalid", "This link is not valid any more");
}

/** Ending what has ended is no error. Throws `subscription.link_invalid` for a link that we did not sign. */
export async function endSubscription(
  { db, keys }: SubscriptionContext,
  wanted: EndSubscription,
): Promise<void> {
  if ("endpoint" in wanted) return await store.removeByAddress(db.sql, keyOf(keys, wanted));
  const id = readToken(keys, "end", wanted.token);
  if (id === null) throw new DomainError("subscription.link_invalid", "This link is not valid any more");
  await store.removeById(db.sql, id);
}

/** What a mail's link carries: whose it is and what it does, signed. */
export const subscriptionToken = (keys: Keys, does: "confirm" | "end", id: string): string =>
  `${id}.${keys.sign("subscription", `${does}:${id}`)}`;

function readToken(keys: Keys, does: "confirm" | "end", token: string): string | null {
  const [id = "", signature = ""] = token.split(".");
  return keys.verify("subscription", `${does}:${id}`, signature) ? id : null;
}

/** Subscriptions whose address is owed a link from now on; in the caller's transaction, which sends it. */
export async function takeLinksDue(
  keys: Keys,
  sql: Sql,
  limit: number,
): Promise<(Subscriber & { askedAt: Date })[]> {
  const rows = await store.takeLinksDue(sql, limit);
  return rows.map((row) => ({ ...opened(keys, row), askedAt: row.askedAt }));
}

/** Those who had confirmed by a moment, in order. */
export async function listSubscribers(
  keys: Keys,
  sql: Sql,
  given: { by: Date; after: string | null; limit: number },
): Promise<Subscriber[]> {
  return (await store.listConfirmed(sql, given)).map((row) => opened(keys, row));
}

export const removeSubscriber = (sql: Sql, id: string): Promise<void> => store.removeById(sql, id);

/** Addresses whose link nobody followed within a day are not kept. */
export const forgetUnconfirmed = (sql: Sql, now: Date): Promise<void> =>
  store.forgetUnconfirmed(sql, new Date(now.getTime() - dayMs));

const opened = (keys: Keys, { id, address, language }: store.SubscriptionRow): Subscriber => ({
  ...{ id, language },
  address: JSON.parse(keys.open(address, contextOf(id))) as SubscriberAddress,
});

const contextOf = (id: string) => `status-subscription:${id}`;
