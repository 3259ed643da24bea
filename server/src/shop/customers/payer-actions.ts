import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Sql } from "../../platform/db.ts";
import * as store from "./payer-store.ts";
import { sessionKey } from "./session-key.ts";

/**
 * The signed-in buyer whose order it is, by the rows and never by what is cached. Throws `buyer.session_required` and
 * `balance.not_theirs`.
 */
export async function payerOf(
  { keys, clock }: { keys: Keys; clock: Clock },
  sql: Sql,
  { orderId, session }: { orderId: string; session: string },
): Promise<string> {
  const payer = await store.readPayer(sql, { key: sessionKey(keys, session), orderId, now: clock.now() });
  if (!payer) throw new DomainError("buyer.session_required", "Sign in with a code by SMS");
  if (!payer.isTheirs) throw new DomainError("balance.not_theirs", "This order is another buyer's");
  return payer.buyerId;
}

/** The buyer of an order, who cannot be deleted until the transaction ends; null where nobody signed in. */
export const buyerOfOrder = store.keepBuyerOf;

export const hasBuyer = store.hasBuyer;
