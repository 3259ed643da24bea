import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "../src/platform/embedded-postgres.ts";
import { createLog } from "../src/platform/log.ts";
import { migrate } from "../src/platform/migrations.ts";
import { startChild } from "./child.ts";

export interface BenchShop {
  client: pg.Client;
  /** Another node on the same database, as a process of its own. */
  startNode(name: string, env?: Record<string, string>): Promise<{ url: string; stop(): Promise<void> }>;
}

/** A durable PostgreSQL of its own with all migrations, for as long as `run` takes. */
export async function withBenchShop(run: (shop: BenchShop) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "orderwatch-bench-"));
  const logger = createLog({ level: "warn", name: "bench" });
  const postgres = await startEmbeddedPostgres({ dataDir, durable: true, logger });
  const client = new pg.Client({ connectionString: postgres.url });
  try {
    await migrate(postgres.url);
    await client.connect();
    await run({
      client,
      async startNode(name, env = {}) {
        const child = startChild<{ port: number }>(new URL("node.ts", import.meta.url), {
          ROLE: "shop",
          NODE_NAME: name,
          DATABASE_URL: postgres.url,
          DATA_DIR: dataDir,
          SECRET_KEY: "a benchmark's master key, long enough to be one",
          SHOP_PORT: "0",
          LOG_LEVEL: "error",
          ...env,
        });
        const { port } = await child.next();
        return { url: `http://127.0.0.1:${port}`, stop: () => child.stop() };
      },
    });
  } finally {
    await client.end();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** A product with codes that nobody will read: placing an order does not open them. */
export async function addCodes(client: pg.Client, sku: string, codes: number): Promise<void> {
  await client.query(
    `insert into products (id, sku, name, kind, price_fen, created_at, updated_at)
      values (uuidv7(), $1, $1, 'code', 1000, now(), now())`,
    [sku],
  );
  await client.query(
    `insert into codes (product_id, import_id, sealed, lookup)
      select (select id from products where sku = $1), uuidv7(), sha256(($1 || ' ' || n)::bytea), sha256(($1 || ' ' || n)::bytea)
      from generate_series(1, $2::int) n`,
    [sku, codes],
  );
}
