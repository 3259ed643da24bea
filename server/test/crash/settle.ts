import { setTimeout as delay } from "node:timers/promises";
import type { Violation } from "../../src/shop/invariants/actions.ts";
import { readBooks } from "./books.ts";
import { unlessAway, type World } from "./world.ts";

const giveUpAfterMs = 300_000;
/** So often in a row nothing may be left to do, half a second apart. */
const calmLooks = 6;

/** What still has to happen, by kind; empty when the shop has come to rest. */
const openText = `select what, n from (
    select 'orders ' || status as what, count(*)::int n from orders
      where status in ('awaiting_payment', 'paid', 'under_review', 'delivering', 'refunding') group by 1
    union all select 'notices', count(*)::int from payment_notices where verdict = 'pending'
    union all select 'refunds', count(*)::int from refunds where status <> 'done'
    union all select 'imports', count(*)::int from stock_imports where status = 'running'
    union all select 'counts', count(*)::int from live_cursor
      where xid <= (select max(xid) from order_events where type in ('placed', 'paid', 'delivered', 'refunded', 'failed'))
  ) open where n > 0`;

const endHolds =
  "update orders set expires_at = now() where status = 'awaiting_payment' and expires_at > now()";

/**
 * As if half a minute had passed for whoever waits for a lease or a pause, or for a last question about a payment that is
 * closed. Those that can still be paid wait for their turn: it is what finds the money of a lost callback. What is locked
 * just now is passed over: waiting for it could deadlock with the product.
 */
export async function hurryOn({ sql }: World): Promise<void> {
  const far = "next_attempt_at > now() + interval '2 seconds'";
  for (const table of ["orders", "refunds"])
    await sql.query(`update ${table} t set next_attempt_at = now() from (
      select id from ${table} where ${far} for update skip locked) late where t.id = late.id`);
  await sql.query(`update payments t set ask_at = now() from (
    select id from payments where ask_at > now() and status = 'closed' for update skip locked) late where t.id = late.id`);
}

/** Leases of the dead run out at once, and so do those of the living: theirs must not be trusted either. */
export async function keepHurrying(world: World, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(2_000, undefined, { signal }).catch(() => undefined);
    await unlessAway(() => hurryOn(world));
  }
}

/** Money at the companies whose callback is still on its way. */
async function findUnknown({ product, sql }: World): Promise<{ what: string; n: number }[]> {
  const { trades } = await readBooks(product.dataDir);
  const paid = [...trades].filter(([, trade]) => trade.state === "paid").map(([id]) => id);
  const { rows } = await sql.query<{ n: number }>(
    "select count(*)::int n from payments where id = any ($1::uuid[]) and status = 'paid'",
    [paid],
  );
  const n = paid.length - (rows[0]?.n ?? 0);
  return n === 0 ? [] : [{ what: "money that we do not know of", n }];
}

/** Waits until everything that is due is worked off; what never ends is a violation. */
export async function settle(world: World): Promise<Violation[]> {
  const deadline = performance.now() + giveUpAfterMs;
  let open: { what: string; n: number }[] = [];
  for (let calm = 0; performance.now() < deadline; await delay(500)) {
    const looked = await unlessAway(async () => {
      open = (await world.sql.query<{ what: string; n: number }>(openText)).rows;
      const isAwaited = open.some(({ what }) => what === "orders awaiting_payment");
      // Money of a lost callback is the shop's to find while it can be paid, and not because the hold ran out.
      if (isAwaited && (await findUnknown(world)).length === 0) await world.sql.query(endHolds);
      return true;
    });
    if (!looked) continue;
    // A callback on its way may still set something going.
    calm = open.length === 0 ? calm + 1 : 0;
    if (calm < calmLooks) continue;
    open = await findUnknown(world);
    if (open.length === 0) return [];
    calm = 0;
  }
  return [
    {
      invariant: "D2",
      what: `not at rest after ${giveUpAfterMs / 1_000} s`,
      count: open.reduce((sum, { n }) => sum + n, 0),
      samples: open,
    },
  ];
}
