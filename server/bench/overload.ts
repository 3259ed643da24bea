import type pg from "pg";
import { addCodes, type BenchShop, withBenchShop } from "./bench-shop.ts";
import { startChild } from "./child.ts";
import { print } from "./figures.ts";
import type { Load, LoadResult } from "./load.ts";
import type { OpenLoad, OpenLoadResult } from "./open-load.ts";

/** Each order holds its statement up for so long, so that the database is the limit and not this machine's processors. */
const napSeconds = 0.002;
const codes = 120_000;
const seconds = 15;
const afterSeconds = 8;

/**
 * What becomes of a shop that is asked for twice what it can do: how much of its capacity still comes out, how long
 * accepted orders take from the moment they were meant to be sent, and how soon it is itself again.
 */
export const benchOverload = (): Promise<void> => withBenchShop(measure);

async function measure({ client, startNode }: BenchShop): Promise<void> {
  await addCodes(client, "BENCH", codes);
  await client.query("vacuum analyze");
  await slowDown(client);
  const node = await startNode("bench-overload");
  const closed = startChild<LoadResult>(new URL("load.ts", import.meta.url), {});
  const open = startChild<OpenLoadResult>(new URL("open-load.ts", import.meta.url), {});
  const port = Number(new URL(node.url).port);
  const ask = async (load: Omit<OpenLoad, "port">): Promise<OpenLoadResult> => {
    open.send({ port, ...load });
    return open.next();
  };
  const closedLoop = async (load: Omit<Load, "url">): Promise<LoadResult> => {
    closed.send({ url: node.url, ...load });
    return closed.next();
  };
  try {
    await closedLoop({ connections: 16, seconds: 3 });
    const capacities: number[] = [];
    for (const connections of [32, 64, 96]) {
      const { perSecond, others } = await closedLoop({ connections, seconds: 5 });
      print(`closed loop, ${connections} clients     ${perSecond.toFixed(0)}/s placed, ${others} refused`);
      capacities.push(perSecond);
    }
    const capacity = Math.max(...capacities);
    print(`capacity                   ${capacity.toFixed(0)}/s (each order holds its statement up for 2 ms)`);
    for (const share of [0.7, 2, 4]) {
      // The disk still writing what came before would hold up the log for hundreds of milliseconds, whatever the shop does.
      await client.query("checkpoint");
      const result = await ask({ rate: Math.round(capacity * share), warmSeconds: 2, seconds });
      tell(share, capacity, result);
      if (share < 1) continue;
      const after = await ask({ rate: Math.round(capacity * 0.5), warmSeconds: 0, seconds: afterSeconds });
      print(
        `  then at 0.5 ×            ${after.refused} of ${after.sent} refused, the last ${(after.lastRefusalMs / 1_000).toFixed(1)} s after the load ended (goal 5 s), p99 ${ms(after.p99Ms)}`,
      );
    }
  } finally {
    await closed.stop();
    await open.stop();
    await node.stop();
  }
}

function tell(share: number, capacity: number, result: OpenLoadResult): void {
  const goodput = result.placed / seconds;
  print(
    `open model at ${share} ×         goodput ${goodput.toFixed(0)}/s = ${(goodput / capacity).toFixed(2)} of capacity${share > 1 ? " (goal 0.90)" : ""}, accepted p50 ${ms(result.p50Ms)}, p99 ${ms(result.p99Ms)}${share > 1 ? " (goal 200 ms)" : ""}`,
  );
  print(
    `  refused ${result.refused} of ${result.sent}${result.refused > 0 ? `, told within ${ms(result.refusedP99Ms)} (p99)` : ""}; other answers ${result.others}; generator ${(100 * result.cpuShare).toFixed(0)} % of a core (limit 25 %)`,
  );
}

/** Null stands for a figure of nothing at all, such as the latency of no orders. */
const ms = (value: number | null) => (value === null ? "none" : `${value.toFixed(0)} ms`);

/** A trigger, so that the ordering statement is the product's own, whatever it looks like. */
async function slowDown(client: pg.Client): Promise<void> {
  await client.query(
    `create function bench_nap() returns trigger language plpgsql as
      $$ begin perform pg_sleep(${napSeconds}); return new; end $$`,
  );
  await client.query(
    "create trigger bench_nap before insert on orders for each row execute function bench_nap()",
  );
}
