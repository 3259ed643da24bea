import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "../src/platform/embedded-postgres.ts";
import { createLog } from "../src/platform/log.ts";
import { migrate } from "../src/platform/migrations.ts";
import { startChild } from "./child.ts";
import { median, print } from "./figures.ts";
import type { LoadResult } from "./load.ts";
import type { OpenLoadResult } from "./open-load.ts";
import { runPgbench } from "./pgbench.ts";
import { order, seedStock, startLoad, startNode } from "./shop-node.ts";

const rounds = 3;
const seconds = 8;
/** Of the open model: its connections are opened and code is compiled before it counts, as in a shop at work. */
const warmSeconds = 4;
const openSeconds = 20;
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
  await seedStock(client, codes);
  await client.query("vacuum analyze");
  await client.query("checkpoint");
  const setting = async (name: string) => (await client.query(`show ${name}`)).rows[0]?.[name];
  print(`fsync ${await setting("fsync")}, synchronous_commit ${await setting("synchronous_commit")}`);
  const node = await startNode(on, "telemetry");
  const plain = await startNode(on, "plain", "off");
  const load = startLoad();
  const open = startChild<OpenLoadResult>(new URL("open-load.ts", import.meta.url), {});
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
    const evenly = { port: Number(new URL(node.url).port), rate };
    open.send({ ...evenly, seconds: warmSeconds });
    await open.next();
    open.send({ ...evenly, seconds: openSeconds });
    const { placed, p50Ms, p99Ms, refused, others, cpuShare } = await open.next();
    print(
      `open model at 70 %         ${rate}/s asked, ${(placed / openSeconds).toFixed(0)}/s placed, p50 ${p50Ms?.toFixed(0)} ms, p99 ${p99Ms?.toFixed(0)} ms   (goal: p99 under 50 ms; ${refused} refused, ${others} other answers, generator ${(100 * cpuShare).toFixed(0)} % of a core)`,
    );
  } finally {
    await load.stop();
    await open.stop();
    await node.stop();
    await plain.stop();
    await client.end();
  }
}

/** Round by round, so that a machine that drifts moves both sides. */
const ratio = (shop: LoadResult[], reference: number[]) =>
  median(shop.map((result, round) => result.perSecond / (reference[round] ?? Number.NaN)));

const show = (result: LoadResult | undefined) =>
  `${result?.perSecond.toFixed(0)}/s (p99 ${result?.p99Ms} ms${result?.refused ? `, ${result.refused} refused` : ""})`;
