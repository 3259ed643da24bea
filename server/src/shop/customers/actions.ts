import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Contact } from "@orderwatch/shared/shop/orders.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import { insertRestockNotice } from "./store.ts";

/** Remembers who wants to know when a product is back; asking again changes nothing. */
export async function askRestockNotice(
  deps: { db: Database; keys: Keys; clock: Clock; newId: NewId },
  wish: { sku: string; contact: Contact },
): Promise<void> {
  const id = deps.newId();
  const contact = JSON.stringify(wish.contact);
  const isKnown = await insertRestockNotice(deps.db.sql, {
    id,
    sku: wish.sku,
    contact: deps.keys.seal(contact, `restock:${id}`),
    contactKey: deps.keys.lookup64("restock", contact),
    now: deps.clock.now(),
  });
  if (!isKnown) throw new DomainError("product.not_found", `${wish.sku} is not for sale`);
}
