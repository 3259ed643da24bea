import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import type pg from "pg";
import { readBooks } from "./crash/books.ts";
import type { OrderLoad } from "./order-load.ts";
import { eventually } from "./poll.ts";
import { callJson } from "./product.ts";

export interface Payers {
  /** Ids of orders that were paid for. */
  paid: ReadonlySet<string>;
  /** Nobody pays any more; resolves when the last one has. */
  stop(): Promise<void>;
}

/** Pays for one accepted order after another, about so many a second, each once. */
export function sendPayers(options: { load: OrderLoad; sandboxUrl: string; perSecond: number }): Payers {
  const paid = new Set<string>();
  const waiting = new Set<Promise<void>>();
  let seen: PlacedOrder | undefined;
  const pay = async ({ id, payment }: PlacedOrder) => {
    // The shop may be changing hands just now; who cannot pay then goes away, as buyers do.
    const isPaid = await callJson(`${options.sandboxUrl}/payments/${payment.id}/pay`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ payer: "payer-1", outcome: "success" }),
    }).then(
      () => true,
      () => false,
    );
    if (isPaid) paid.add(id);
  };
  const clock = setInterval(() => {
    const next = options.load.last();
    if (!next || next === seen) return;
    seen = next;
    const paying = pay(next).finally(() => waiting.delete(paying));
    waiting.add(paying);
  }, 1_000 / options.perSecond);
  return {
    paid,
    async stop() {
      clearInterval(clock);
      await Promise.all(waiting);
    },
  };
}

export interface Outcome {
  accepted: number;
  /** Accepted, but in no row. */
  lost: number;
  /** Rows beyond one for each buyer who was told of an order. */
  doubled: number;
  paid: number;
  /** Orders for which a payment company holds money twice. */
  chargedTwice: number;
  /** Paid, but not delivered exactly once. */
  undelivered: number;
}

/** Waits until what was paid is worked off, then counts from our rows and from the payment companies' own books. */
export async function readOutcome(
  sql: Pick<pg.Client, "query">,
  from: { load: OrderLoad; payers: Payers; dataDir: string },
): Promise<Outcome> {
  const ids = [...from.load.accepted.values()].map(({ id }) => id);
  const paid = [...from.payers.paid];
  const count = async (text: string, values: unknown[]) =>
    Number((await sql.query<{ n: string }>(text, values)).rows[0]?.n);
  const delivered = `select count(*) as n from orders o where id = any($1) and status = 'delivered' and 1 = (
      select count(*) from order_events e where e.order_id = o.id and e.type = 'delivered')`;
  await eventually(
    "everything paid is worked off",
    async () => {
      const open = "status not in ('delivered', 'delivery_failed', 'refunded')";
      return (await count(`select count(*) as n from orders where id = any($1) and ${open}`, [paid])) === 0;
    },
    90_000,
  ).catch(() => undefined);
  const stored = await count("select count(*) as n from orders where id = any($1)", [ids]);
  const { trades } = await readBooks(from.dataDir);
  const charged = [...trades].filter(([, trade]) => trade.state === "paid").map(([payment]) => payment);
  return {
    accepted: ids.length,
    lost: new Set(ids).size - stored,
    doubled: (await count("select count(*) as n from orders where origin = 'buyer'", [])) - new Set(ids).size,
    paid: paid.length,
    chargedTwice: await count(
      `select count(*) as n from (
        select order_id from payments where id = any($1) group by order_id having count(*) > 1) twice`,
      [charged],
    ),
    undelivered: paid.length - (await count(delivered, [paid])),
  };
}
