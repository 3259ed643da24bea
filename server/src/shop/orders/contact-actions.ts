import type { Contact } from "@orderwatch/shared/shop/orders.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import { openContact } from "./contact.ts";
import * as store from "./search-store.ts";

export {
  contactKeys,
  emailKey,
  maskContact,
  openContact,
  openRechargeAccount,
  phoneKey,
  phoneTailKey,
} from "./contact.ts";

/** How an order's buyer can be told something; empty for an order that is gone or left no contact. */
export async function contactOf(
  { db, keys }: { db: Pick<Database, "sql">; keys: Keys },
  orderId: string,
): Promise<Contact> {
  const { language: _, ...contact } = await recipientOf({ db, keys }, orderId);
  return contact;
}

/** As `contactOf`, with the language to write in. */
export async function recipientOf(
  { db, keys }: { db: Pick<Database, "sql">; keys: Keys },
  orderId: string,
): Promise<Contact & { language: Language }> {
  const order = await store.readRecipient(db.sql, orderId);
  if (!order) return { language: "zh-CN" };
  return { ...openContact(keys, orderId, order.contact), language: order.language };
}
