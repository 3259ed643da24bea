import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "../src/platform/embedded-postgres.ts";
import { createLog } from "../src/platform/log.ts";
import { migrate } from "../src/platform/migrations.ts";
import { type Child, startChild } from "./child.ts";
import { median, print } from "./figures.ts";
import type { Load, LoadResult } from "./load.ts";
import { runPgbench } from "./pgbench.ts";

const rounds = 3;
const seconds = 8;
const connections = 96;
const codes = 1_500_000;

/**
 * Orders over HTTP (everything on: parsing, limits, idempotency, stock, events, telemetry, durable commits) beside
 * pgbench running the same statement for one order; then what telemetry costs; then latency at 70 % in an open model.
 */
export async function benchOrders(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "orderwatch-bench-"));
  const logger = createLog({ level: "warn", name: "bench" });
  const postgres = await startEmbeddedPostgres({ dataDir, durable: true, logger });
  try {
    await migrate(postgres.url);
    await compare({ databaseUrl: postgres.url, dataDir });
  } finally {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function compare(on: { databaseUrl: string; dataDir: string }): Promise<void> {
  const client = new pg.Client({ connectionString: on.databaseUrl });
  await client.connect();
  await seed(client);
  const setting = async (name: string) => (await client.query(`show ${name}`)).rows[0]?.[name];
  print(`fsync ${await setting("fsync")}, synchronous_commit ${await setting("synchronous_commit")}`);
  const node = await startNode(on, "on");
  const plain = await startNode(on, "off");
  const load = startChild<LoadResult>(new URL("load.ts", import.meta.url), {});
  try {
    await order(load, { url: node.url, connections, seconds: 3 });
    await order(load, { url: plain.url, connections, seconds: 3 });
    const shop: LoadResult[] = [];
    const without: LoadResult[] = [];
    const reference: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      reference.push(await runPgbench(on.databaseUrl, seconds));
      shop.push(await order(load, { url: node.url, connections, seconds }));
      without.push(await order(load, { url: plain.url, connections, seconds }));
      print(
        `round ${round}: shop ${show(shop.at(-1))}, telemetry off ${show(without.at(-1))}, pgbench ${reference.at(-1)?.toFixed(0)}/s`,
      );
    }
    const perSecond = median(shop.map((result) => result.perSecond));
    print(
      `orders over HTTP           ${perSecond.toFixed(0)}/s, p50 ${median(shop.map((r) => r.p50Ms))} ms, p99 ${median(shop.map((r) => r.p99Ms))} ms`,
    );
    print(`pgbench, one order each    ${median(reference).toFixed(0)}/s`);
    print(`ratio to pgbench           ${ratio(shop, reference).toFixed(2)}   (goal 1.5)`);
    print(
      `telemetry on / off         ${ratio(
        shop,
        without.map((r) => r.perSecond),
      ).toFixed(3)}   (goal 0.97)`,
    );
    const rate = Math.round(perSecond * 0.7);
    const open = await order(load, { url: node.url, connections, seconds, rate });
    print(
      `open model at 70 %         ${rate}/s asked, ${open.perSecond.toFixed(0)}/s placed, p50 ${open.p50Ms} ms, p99 ${open.p99Ms} ms   (goal: p99 under 50 ms)`,
    );
  } finally {
    await load.stop();
    await node.stop();
    await plain.stop();
    await client.end();
  }
}

async function startNode(on: { databaseUrl: string; dataDir: string }, telemetry: "on" | "off") {
  const child = startChild<{ port: number }>(new URL("node.ts", import.meta.url), {
    ROLE: "shop",
    NODE_NAME: `bench-${telemetry}`,
    DATABASE_URL: on.databaseUrl,
    DATA_DIR: on.dataDir,
    SECRET_KEY: "a benchmark's master key, long enough to be one",
    SHOP_PORT: "0",
    LOG_LEVEL: "warn",
    TELEMETRY: telemetry,
  });
  const { port } = await child.next();
  return { url: `http://127.0.0.1:${port}`, stop: () => child.stop() };
}

/** One run; void, and so an error, when any answer was not 201. */
async function order(child: Child<LoadResult>, load: Load): Promise<LoadResult> {
  child.send(load);
  const result = await child.next();
  if (result.others !== 0) throw new Error(`void: ${result.others} answers were not 201`);
  return result;
}

/** Codes that nobody will read: placing an order does not open them. */
async function seed(client: pg.Client): Promise<void> {
  await client.query(
    `insert into products (id, sku, name, kind, price_fen, created_at, updated_at)
      values (uuidv7(), 'BENCH', 'Benchmark card', 'code', 1000, now(), now())`,
  );
  await client.query(
    `insert into codes (product_id, import_id, sealed, lookup)
      select (select id from products where sku = 'BENCH'), uuidv7(), sha256(n::text::bytea), sha256(n::text::bytea)
      from generate_series(1, ${codes}) n`,
  );
  await client.query("vacuum analyze");
  await client.query("checkpoint");
}

/** Round by round, so that a machine that drifts moves both sides. */
const ratio = (shop: LoadResult[], reference: number[]) =>
  median(shop.map((result, round) => result.perSecond / (reference[round] ?? Number.NaN)));

const show = (result: LoadResult | undefined) =>
  `${result?.perSecond.toFixed(0)}/s (p99 ${result?.p99Ms} ms)`;
