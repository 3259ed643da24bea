import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "../src/platform/embedded-postgres.ts";
import { createLog } from "../src/platform/log.ts";
import { migrate } from "../src/platform/migrations.ts";
import { type Child, startChild } from "./child.ts";
import { median, print } from "./figures.ts";
import type { LoadResult } from "./load.ts";
import type { OpenLoadResult } from "./open-load.ts";
import { runPgbench } from "./pgbench.ts";
import { order, seedStock, startLoad, startNode } from "./shop-node.ts";

const rounds = 3;
const seconds = 8;
const openSeconds = 15;
/** Of the closed loop's throughput: where the open model's own capacity is looked for, `stepSeconds` each. */
const steps = [0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2];
const stepSeconds = 6;
const warmSeconds = 3;
/** A rate that is carried keeps accepted orders below this; beyond it a queue grows, however long it takes to empty. */
const carriedP99Ms = 200;
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
    await plain.stop();
    await openModel({ open, client, port: Number(new URL(node.url).port), closedLoop: perSecond });
  } finally {
    await load.stop();
    await open.stop();
    await node.stop();
    await plain.stop();
    await client.end();
  }
}

/**
 * Latency from the intended moment at 70 % of capacity. Capacity is the open model's own: the highest rate that is
 * carried. Seventy per cent of what the closed loop places, whose clients wait for each other, is shown beside it.
 */
async function openModel(on: {
  open: Child<OpenLoadResult>;
  client: pg.Client;
  port: number;
  closedLoop: number;
}): Promise<void> {
  const { open, client, port, closedLoop } = on;
  // What full load left for the disk holds up its log for seconds; an evenly loaded shop never leaves so much.
  const clear = () => client.query("checkpoint");
  const ask = async (rate: number, seconds: number): Promise<OpenLoadResult> => {
    open.send({ port, rate, warmSeconds, seconds });
    return open.next();
  };
  await clear();
  let capacity = 0;
  for (const share of steps) {
    const rate = Math.round(closedLoop * share);
    const { sent, placed, p99Ms } = await ask(rate, stepSeconds);
    print(`open model, ${rate}/s asked    ${placed} of ${sent} placed, p99 ${p99Ms?.toFixed(0)} ms`);
    if (placed < sent * 0.99 || (p99Ms ?? 0) > carriedP99Ms) break;
    capacity = rate;
  }
  print(`capacity in the open model ${capacity}/s`);
  await clear();
  const goals = [
    { of: "70 % of it", rate: Math.round(capacity * 0.7), goal: "   (goal: p99 under 50 ms)" },
    { of: "70 % of the closed loop", rate: Math.round(closedLoop * 0.7), goal: "" },
  ];
  for (const { of, rate, goal } of goals) {
    const runs: OpenLoadResult[] = [];
    for (let round = 0; round < rounds; round++) runs.push(await ask(rate, openSeconds));
    const p99 = runs.map((run) => run.p99Ms ?? Number.NaN);
    const sum = (of: "placed" | "refused" | "others") => runs.reduce((total, run) => total + run[of], 0);
    print(
      `open model, ${of}: ${rate}/s asked, ${(sum("placed") / openSeconds / rounds).toFixed(0)}/s placed, p50 ${median(runs.map((run) => run.p50Ms ?? Number.NaN)).toFixed(0)} ms, p99 ${median(p99).toFixed(0)} ms of ${p99.map((ms) => ms.toFixed(0)).join(", ")}${goal}; ${sum("refused")} refused, ${sum("others")} other answers, generator ${(100 * median(runs.map((run) => run.cpuShare))).toFixed(0)} % of a core`,
    );
  }
}

/** Round by round, so that a machine that drifts moves both sides. */
const ratio = (shop: LoadResult[], reference: number[]) =>
  median(shop.map((result, round) => result.perSecond / (reference[round] ?? Number.NaN)));

const show = (result: LoadResult | undefined) =>
  `${result?.perSecond.toFixed(0)}/s (p99 ${result?.p99Ms} ms${result?.refused ? `, ${result.refused} refused` : ""})`;
