import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Sql } from "../../platform/db.ts";
import * as store from "./account-store.ts";
import { rechargeAccountKey, sealRechargeAccount } from "./contact.ts";
import { limitExceeded } from "./place.ts";

/**
 * Names another account to recharge for an order that the caller has locked, where limits let that account have what is
 * bought. Throws `stock.limit_exceeded`.
 */
export async function changeAccount(
  { keys, clock }: { keys: Keys; clock: Clock },
  sql: Sql,
  { id, account }: { id: string; account: string },
): Promise<void> {
  const accountKey = rechargeAccountKey(keys, account);
  // Under its own account the order itself is what was bought.
  if (accountKey !== (await store.readAccountKey(sql, id))) {
    const over = await store.findOverLimit(sql, { orderId: id, accountKey, now: clock.now() });
    if (over)
      throw limitExceeded(
        `With this order the account would have more of ${over.sku} than one buyer may`,
        { units: 0, retryAt: over.retryAt },
        over.sku,
      );
  }
  await store.changeAccount(sql, { id, account: sealRechargeAccount(keys, id, account), accountKey });
}
