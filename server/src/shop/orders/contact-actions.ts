import type { Contact } from "@orderwatch/shared/shop/orders.ts";
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
  const [order] = await store.readOrders(db.sql, [orderId]);
  return order ? openContact(keys, order.id, order.contact) : {};
}
