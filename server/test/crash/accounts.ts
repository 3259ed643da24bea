import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Violation } from "../../src/shop/invariants/actions.ts";
import type { Books } from "./books.ts";
import { ends, read } from "./buyer.ts";
import { count, type Market, type Memory, sightMs } from "./memory.ts";
import { call, codeOf, persist } from "./wire.ts";

/** Waits until the account turns out not to exist, and names another; staff may be faster, and that is all right. */
export async function correctAccount(
  market: Market,
  order: { id: string; token: string },
  { account, address }: { account: string; address: string },
): Promise<void> {
  const { memory } = market;
  for (const deadline = performance.now() + sightMs; performance.now() < deadline; await delay(500)) {
    const seen = await read(market, order);
    if (seen?.status !== "delivery_failed") {
      if (seen && ends.has(seen.status)) return;
      continue;
    }
    if (seen.failure?.code !== "delivery.invalid_account") return;
    const answer = await persist(
      () =>
        call("POST", `${market.shopUrl}/api/orders/${order.id}/account`, {
          body: { rechargeAccount: account },
          headers: { authorization: `Bearer ${order.token}`, "x-forwarded-for": address },
        }),
      sightMs,
      (passing) => count(memory.passing, passing ? `account ${passing.status}` : "account: no answer"),
    );
    if (answer?.status === 204) {
      memory.corrected.set(order.id, account);
      return;
    }
    // It was corrected although the answer was lost, or staff have begun something meanwhile.
    if (answer && !["order.account_final", "order.partly_refunded"].includes(codeOf(answer)))
      memory.surprises.push(`correcting the account of ${order.id} was answered ${answer.status}`);
  }
}

/** What was delivered after its buyer was told that the other account counts went to that account. */
export async function checkAccounts(
  sql: Pick<pg.Pool, "query">,
  memory: Memory,
  books: Books,
): Promise<Violation[]> {
  const { rows } = await sql.query<{ id: string; order_id: string }>(
    `select l.id, l.order_id from order_lines l join products p on p.id = l.product_id and p.kind = 'recharge'
      where l.order_id = any ($1::uuid[])`,
    [[...memory.corrected.keys()]],
  );
  const wrong = rows.filter(({ id, order_id }) => {
    const made = books.recharges.get(id);
    return made !== undefined && made.account !== memory.corrected.get(order_id);
  });
  const what = "a recharge of another account than its buyer named last";
  return wrong.length === 0
    ? []
    : [{ invariant: "D1", what, count: wrong.length, samples: wrong.slice(0, 5) }];
}
