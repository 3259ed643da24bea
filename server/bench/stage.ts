import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "../src/platform/embedded-postgres.ts";
import { createLog } from "../src/platform/log.ts";
import { buildBundles } from "../test/browser.ts";
import { type IncidentWatch, watchIncidents } from "../test/incident-watch.ts";
import { type OnDuty, putOnDuty } from "../test/on-duty.ts";
import { type Product, type Staff, startProduct } from "../test/product.ts";
import { type Buyers, sendBuyers } from "./buyers.ts";
import { stockUp } from "./failover.ts";

export const ordersPerSecond = 20;

/** The whole product under buyers, with somebody on duty and a socket that hears of incidents. */
export interface Stage {
  product: Product;
  /** What the product's processes were started with. */
  env: Record<string, string>;
  sql: pg.Client;
  admin: Staff;
  onDuty: OnDuty;
  watch: IncidentWatch;
  buyers: Buyers;
  /** The product that buyers take codes of. */
  code: string;
}

/** Sets the stage, plays on it, and clears it away whatever happened; `closing` takes what else is to be ended, last first. */
export async function onStage(
  play: (stage: Stage, closing: (end: () => Promise<unknown>) => void) => Promise<void>,
): Promise<void> {
  const ends: (() => Promise<unknown>)[] = [];
  const closing = (end: () => Promise<unknown>) => void ends.unshift(end);
  try {
    await buildBundles();
    const dataDir = await mkdtemp(join(tmpdir(), "orderwatch-bench-"));
    closing(() => rm(dataDir, { recursive: true, force: true, maxRetries: 10 }));
    const logger = createLog({ level: "fatal", name: "bench" });
    const postgres = await startEmbeddedPostgres({ dataDir, durable: true, logger });
    closing(() => postgres.stop());
    const sql = new pg.Client({ connectionString: postgres.url });
    await sql.connect();
    closing(() => sql.end());
    const secretKey = randomBytes(24).toString("hex");
    const env = { DATA_DIR: dataDir, DATABASE_URL: postgres.url, SECRET_KEY: secretKey, LOG_LEVEL: "fatal" };
    const product = await startProduct(env);
    closing(() => product.stop());
    const admin = await product.signIn();
    const onDuty = await putOnDuty(product, { databaseUrl: postgres.url, secretKey });
    const watch = await watchIncidents(product, admin);
    closing(async () => watch.close());
    const code = await stockUp(admin, 40_000);
    const buyers = await sendBuyers(product, admin, { code, perSecond: ordersPerSecond });
    closing(() => buyers.stop());
    await play({ product, env, sql, admin, onDuty, watch, buyers, code }, closing);
  } finally {
    for (const end of ends) await end();
  }
}
