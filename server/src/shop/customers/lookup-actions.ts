import type { FindOrders } from "@orderwatch/shared/shop/order-lookups.ts";
import type { Contact } from "@orderwatch/shared/shop/orders.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import { orderToken } from "../orders/actions.ts";
import { contactKeys } from "../orders/contact-actions.ts";
import { rules } from "./domain.ts";
import * as store from "./lookup-store.ts";

export interface LookupContext {
  db: { sql: Database["sql"] };
  keys: Keys;
  clock: Clock;
}

const ago = (now: Date, ms: number) => new Date(now.getTime() - ms);
const sealedAs = (id: string) => `order-lookup:${id}`;

/**
 * Owes a contact the links to its orders, if it asked for none just now. What it does and how long it takes says nothing of
 * whether there are any: that is looked up apart, by whoever answers. False when the contact has asked too often.
 */
export async function seekOrders(
  { db, keys, clock, newId }: LookupContext & { newId: NewId },
  {
    contact,
    orderId = null,
    language,
  }: Omit<FindOrders, "orderId"> & { orderId?: string | undefined | null },
): Promise<boolean> {
  const now = clock.now();
  const id = newId();
  const { phoneKey, emailKey } = contactKeys(keys, contact);
  const contactKey = phoneKey ?? emailKey;
  if (contactKey === null) return false;
  const { betweenMs, hourMs, mostAnHour } = rules.lookup;
  return await store.askLookup(
    db.sql,
    {
      ...{ id, now, orderId, language, contactKey },
      contact: keys.seal(JSON.stringify(contact), sealedAs(id)),
    },
    { since: ago(now, betweenMs), hour: ago(now, hourMs), mostAnHour },
  );
}

/** The orders of a contact that asked for them, newest first, each with the token that opens it. */
export interface OwedOrders {
  id: string;
  contact: Contact;
  language: Language;
  orders: { id: string; token: string; name: string; placedAt: Date }[];
}

/** Lookups to be answered now; one without orders too. One that cannot be sent is owed again by `oweOrdersAgain`. */
export async function takeOwedOrders(
  { db, keys, clock }: LookupContext,
  limit: number,
): Promise<OwedOrders[]> {
  const now = clock.now();
  const { livesMs, reachMs, mostOrders } = rules.lookup;
  const rows = await store.takeLookupsDue(db.sql, ago(now, livesMs), limit);
  return await Promise.all(
    rows.map(async ({ id, orderId, language, contact: sealed }) => {
      const contact = JSON.parse(keys.open(sealed, sealedAs(id))) as Contact;
      const found = await store.findOrders(db.sql, contactKeys(keys, contact), {
        ...{ orderId, since: ago(now, reachMs), limit: mostOrders },
      });
      const orders = found.map(({ createdAt, ...order }) => ({
        ...{ ...order, placedAt: createdAt, token: orderToken(keys, order.id) },
      }));
      return { id, contact, language, orders };
    }),
  );
}

export const oweOrdersAgain = ({ db }: Pick<LookupContext, "db">, id: string): Promise<void> =>
  store.oweAgain(db.sql, id);
