import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { startEmbeddedPostgres } from "../src/platform/embedded-postgres.ts";
import { createLog } from "../src/platform/log.ts";
import { longestGapMs, type OrderLoad, sendOrders } from "../test/order-load.ts";
import { readOutcome, sendPayers } from "../test/order-load-outcome.ts";
import { eventually } from "../test/poll.ts";
import { type Product, type Staff, startProduct } from "../test/product.ts";
import { median, print } from "./figures.ts";

const rate = 500;
const rounds = { SIGKILL: 9, SIGSTOP: 3 } as const;
const goalsMs = { SIGKILL: 250, SIGSTOP: 5_000 } as const;

interface Node {
  id: string;
  pid: number;
  state: string;
}

/**
 * The active node is killed, and frozen, under 500 orders a second: how long no buyer gets an answer, and what the
 * rows and the payment companies' books say afterwards.
 */
export async function benchFailover(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "orderwatch-bench-"));
  const logger = createLog({ level: "fatal", name: "bench" });
  const postgres = await startEmbeddedPostgres({ dataDir, durable: true, logger });
  const sql = new pg.Client({ connectionString: postgres.url });
  await sql.connect();
  const env = { DATA_DIR: dataDir, DATABASE_URL: postgres.url, LOG_LEVEL: "fatal" };
  try {
    const clearedMs = await clearAway();
    print(
      `reference                  ${clearedMs.toFixed(0)} ms until an idle machine has cleared away a Node of 200 MB`,
    );
    const product = await startProduct(env);
    try {
      const staff = await product.signIn();
      const sku = await stockUp(staff, 80_000);
      const load = sendOrders({ shopUrl: product.shopUrl, sku, rate: () => rate });
      const payers = sendPayers({ load, sandboxUrl: product.sandboxUrl, perSecond: 10 });
      await delay(3_000);
      const healthyMs = longestGapMs(load, performance.now() - 2_000, performance.now());
      print(`without a failure          longest gap ${healthyMs.toFixed(0)} ms at ${rate} orders/s`);
      for (const signal of ["SIGKILL", "SIGSTOP"] as const) await strike(signal, { product, staff, load });
      await payers.stop();
      await load.stop();
      const outcome = await readOutcome(sql, { load, payers, dataDir });
      print(
        `${outcome.accepted} orders accepted       ${outcome.lost} lost, ${outcome.doubled} doubled   (goal 0, 0)`,
      );
      print(
        `${outcome.paid} of them paid           ${outcome.chargedTwice} charged twice, ${outcome.undelivered} not delivered once   (goal 0, 0)`,
      );
      const whys = Object.entries(Object.groupBy(load.failures, (why) => why.slice(0, 60)));
      print(
        `tries made again           ${whys.map(([why, all]) => `${all?.length} × ${why}`).join(", ") || "none"}`,
      );
    } finally {
      await product.stop();
    }
  } finally {
    await sql.end();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function strike(
  signal: keyof typeof rounds,
  on: { product: Product; staff: Staff; load: OrderLoad },
): Promise<void> {
  const gaps: number[] = [];
  for (let round = 0; round < rounds[signal]; round++) {
    const active = await ready(on.staff);
    const struckAt = performance.now();
    process.kill(active.pid, signal);
    await eventually(
      "orders are accepted again by another",
      () => on.load.answeredAt.some((at) => at > struckAt + goalsMs[signal]),
      60_000,
    );
    gaps.push(longestGapMs(on.load, struckAt, performance.now()));
  }
  const name = { SIGKILL: "kill −9 of the active node ", SIGSTOP: "the active node freezes   " }[signal];
  print(
    `${name}longest gaps ${gaps.map((ms) => ms.toFixed(0)).join(", ")} ms, median ${median(gaps).toFixed(0)} ms   (goal ${goalsMs[signal]})`,
  );
}

/** What takes the time is clearing memory away, at a speed that differs between machines and from hour to hour. */
async function clearAway(): Promise<number> {
  const program = `const kept = []; for (let i = 0; i < 1e6; i++) kept.push({ i, n: [i] }); console.log(kept.length);
    setInterval(() => kept, 1_000)`;
  const tookMs: number[] = [];
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    const gone = once(child, "exit");
    const struckAt = performance.now();
    child.kill("SIGKILL");
    await gone;
    tookMs.push(performance.now() - struckAt);
  }
  return median(tookMs);
}

/** The active node, once its standby is there too and both have done some work. */
async function ready(staff: Staff): Promise<Node> {
  const found = await eventually(
    "one active and one standby",
    async () => {
      const { items } = await staff.call<{ items: Node[] }>("GET", "/api/nodes");
      const active = items.find((node) => node.state === "active");
      return items.some((node) => node.state === "standby") ? active : undefined;
    },
    60_000,
  );
  await delay(2_000);
  return found;
}

/** A new product with so many codes. */
export async function stockUp(staff: Staff, codes: number): Promise<string> {
  const sku = `CODE-${randomBytes(3).toString("hex")}`;
  await staff.call("POST", "/api/products", { sku, name: sku, kind: "code", priceFen: 100 });
  for (let left = codes; left > 0; left -= 20_000)
    await staff.call("POST", `/api/products/${sku}/codes`, {
      codes: Array.from({ length: Math.min(left, 20_000) }, () => randomBytes(8).toString("hex")),
    });
  return sku;
}
