import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { systemClock } from "../src/platform/clock.ts";
import { createKeys } from "../src/platform/crypto.ts";
import { startEmbeddedPostgres } from "../src/platform/embedded-postgres.ts";
import { createIds } from "../src/platform/ids.ts";
import { createLog } from "../src/platform/log.ts";
import { migrate } from "../src/platform/migrations.ts";
import { openTriggers } from "../src/platform/queue.ts";
import { placeOrders } from "../src/shop/orders/place-statement.ts";
import { createNoticeLog } from "../src/shop/payments/actions.ts";
import { codeLookup, sealCode } from "../src/shop/stock/sealing.ts";
import { newOrder } from "../test/new-order.ts";
import { print } from "./figures.ts";
import { secretKey, seedStock, startNode } from "./shop-node.ts";

const steady = { orders: 500, perSecond: 50 };
const burst = { orders: 1_000, perSecond: Number.POSITIVE_INFINITY };
const idleSeconds = 5;

/**
 * What an order costs from the callback of its payment to its delivery: jobs, statements and transactions, counted by
 * PostgreSQL itself (pg_stat_statements), less what the idle shop does in the same time. Each statement is one round trip.
 */
export async function benchDelivery(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "orderwatch-bench-"));
  const log = createLog({ level: "warn", name: "bench" });
  const settings = { shared_preload_libraries: "pg_stat_statements" };
  const postgres = await startEmbeddedPostgres({ dataDir, durable: true, logger: log, settings });
  const client = new pg.Client({ connectionString: postgres.url });
  try {
    await migrate(postgres.url);
    await client.connect();
    await client.query("create extension pg_stat_statements");
    await seedStock(client, 0);
    await seedReadableCodes(client, steady.orders + burst.orders);
    const node = await startNode({ databaseUrl: postgres.url, dataDir }, "delivery");
    try {
      await placeAll(client, steady.orders + burst.orders);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const idle = await counted(
        client,
        () => new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000)),
      );
      const pay = payer(client, { databaseUrl: postgres.url, log });
      for (const [name, part] of Object.entries({ steady, burst })) {
        const cost = await counted(client, () => pay(part));
        const per = (key: "ours" | "queues" | "jobs") =>
          ((cost[key] - (idle[key] / idle.seconds) * cost.seconds) / part.orders).toFixed(2);
        const rate = Number.isFinite(part.perSecond) ? `${part.perSecond}/s` : "all at once";
        print(
          `${name}, ${part.orders} paid ${rate}`.padEnd(34) +
            `an order: ${per("jobs")} jobs, ${per("ours")} statements, ${per("queues")} more of the queue; ${cost.seconds.toFixed(1)} s`,
        );
      }
      await (await pay.end)();
    } finally {
      await node.stop();
    }
  } finally {
    await client.end();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

interface Counted {
  seconds: number;
  ours: number;
  queues: number;
  jobs: number;
}

/** Statements that the database ran meanwhile, but this benchmark's own. BullMQ writes its keywords in capitals, we do not. */
async function counted(client: pg.Client, work: () => Promise<unknown>): Promise<Counted> {
  await client.query("select pg_stat_statements_reset()");
  const begun = performance.now();
  await work();
  const seconds = (performance.now() - begun) / 1000;
  const { rows } = await client.query<Omit<Counted, "seconds">>(
    `select coalesce(sum(calls) filter (where query ~ '^\\s*[A-Z]'), 0)::int as queues,
        coalesce(sum(calls) filter (where query !~ '^\\s*[A-Z]'), 0)::int as ours,
        coalesce(sum(calls) filter (where query ~ 'add_job'), 0)::int as jobs
      from pg_stat_statements where toplevel and query !~ 'pg_stat_statements|delivered_of_bench'`,
  );
  const [row] = rows;
  if (!row) throw new Error("a count without a row");
  return { seconds, ...row };
}

/** Plays the callbacks' part: puts each payment's notice on record, pulls the trigger, and waits for the deliveries. */
function payer(client: pg.Client, on: { databaseUrl: string; log: ReturnType<typeof createLog> }) {
  const notices = createNoticeLog({ sql: client, clock: systemClock, newId: createIds(systemClock) });
  const opened = openTriggers({
    databaseUrl: on.databaseUrl,
    redisUrl: undefined,
    log: on.log,
    handlers: { "payments.settle": null },
  });
  const delivered = async (): Promise<number> => {
    const { rows } = await client.query<{ n: number }>(
      "select count(*)::int as n from orders /* delivered_of_bench */ where status = 'delivered'",
    );
    return rows[0]?.n ?? 0;
  };
  const pay = async ({ orders, perSecond }: { orders: number; perSecond: number }): Promise<void> => {
    const triggers = await opened;
    const before = await delivered();
    const { rows } = await client.query<{ id: string; method: "wechat" | "alipay"; amount: number }>(
      `select p.id, p.method, p.amount_fen as amount /* delivered_of_bench */ from payments p join orders o on o.id = p.order_id
        where o.status = 'awaiting_payment' limit $1`,
      [orders],
    );
    const begun = performance.now();
    const receipts = rows.map(async ({ id, method, amount }, n) => {
      const due = begun + (n / perSecond) * 1000 - performance.now();
      if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
      const fate = await notices.receive({
        provider: method,
        noticeId: id,
        paymentId: id,
        tradeNo: `bench-${id}`,
        amountFen: amount,
        paidAt: systemClock.now(),
      });
      if (fate !== "accepted") throw new Error(`void: a notice was ${fate}`);
      triggers.fire("payments.settle");
    });
    await Promise.all(receipts);
    while ((await delivered()) < before + orders) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  return Object.assign(pay, { end: opened.then((triggers) => () => triggers.close()) });
}

/** What is delivered afterwards; how it was ordered is another benchmark. */
async function placeAll(client: pg.Client, count: number): Promise<void> {
  for (let placed = 0; placed < count; placed += 100)
    await placeOrders(
      client,
      Array.from({ length: 100 }, (_, n) =>
        newOrder({ method: n % 2 ? "wechat" : "alipay", lines: [{ sku: "BENCH", quantity: 1 }] }),
      ),
      null,
    );
}

/** Codes that open, since delivery opens each of them. */
async function seedReadableCodes(client: pg.Client, count: number): Promise<void> {
  const keys = createKeys(secretKey);
  const { rows } = await client.query<{ id: string }>("select id from products where sku = 'BENCH'");
  const productId = rows[0]?.id ?? "";
  const codes = Array.from({ length: count }, (_, n) => `BENCH-${n}`);
  await client.query(
    `insert into codes (product_id, import_id, sealed, lookup)
      select $1, uuidv7(), sealed, lookup from unnest($2::bytea[], $3::bytea[]) c(sealed, lookup)`,
    [
      productId,
      codes.map((code) => sealCode(keys, productId, code)),
      codes.map((code) => codeLookup(keys, code)),
    ],
  );
}
