import { pruneKeptLogs } from "../live/kept-logs/keeper.ts";
import { touchedOrders } from "../ops/incidents/actions.ts";
import { forgetRecipients } from "../ops/notify/forget-actions.ts";
import { ticketedOrders } from "../ops/tickets/actions.ts";
import { type Loop, startLoop } from "../platform/loop.ts";
import { forgetSyntheticOrders } from "../shop/retention/actions.ts";
import { failLostImports, type StockContext } from "../shop/stock/actions.ts";
import { restockDemo } from "../shop/stock/demo-actions.ts";

/** What a console looks after by itself, now and then; several may do it at once. */
export function startConsoleLoops(context: StockContext, withDemo: boolean): Loop[] {
  const { db, clock, log } = context;
  const loop = (name: string, everyMs: number, work: () => Promise<unknown>) =>
    startLoop({ name, everyMs, log, work: () => work().then(() => ({ more: false })) });
  return [
    loop("fail-lost-imports", 10_000, () => failLostImports(context)),
    loop("prune-kept-logs", 3_600_000, () => pruneKeptLogs(db.sql, clock.now())),
    startLoop({ name: "forget-recipients", everyMs: 600_000, log, work: () => forgetRecipients({ db }) }),
    forgetSynthetic(context),
    ...(withDemo ? [loop("restock-demo", 2_000, () => restockDemo(context))] : []),
  ];
}

/** Chunk by chunk, and from the beginning again once it is through. What a ticket or an incident speaks of stays. */
function forgetSynthetic({ db, clock, log }: StockContext): Loop {
  let after: string | null = null;
  return startLoop({
    name: "forget-synthetic-orders",
    everyMs: 600_000,
    log,
    async work() {
      const { last } = await forgetSyntheticOrders(
        {
          ...{ db, clock },
          spokenOf: async (sql, ids) => [
            ...(await ticketedOrders(sql, ids)),
            ...(await touchedOrders(sql, ids)),
          ],
        },
        after,
      );
      after = last;
      return { more: last !== null };
    },
  });
}
