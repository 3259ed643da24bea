import type { Database } from "../../platform/db.ts";
import * as store from "./forget-store.ts";

const atOnce = 1_000;

/**
 * Forgets whom messages went to that nobody needs any more: an address of somebody who is neither staff nor an order's buyer
 * as soon as its message has come to its end, and all of a message whose buyer had their data deleted.
 */
export async function forgetRecipients({ db }: { db: Pick<Database, "sql"> }): Promise<{ more: boolean }> {
  const addresses = await store.forgetAddresses(db.sql, atOnce);
  const told = await store.forgetToldBuyers(db.sql, atOnce);
  return { more: addresses === atOnce || told === atOnce };
}
