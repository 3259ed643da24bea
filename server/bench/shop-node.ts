import type pg from "pg";
import { type Child, startChild } from "./child.ts";
import type { Load, LoadResult } from "./load.ts";

export const secretKey = "a benchmark's master key, long enough to be one";

export interface ShopNode {
  url: string;
  stop(): Promise<void>;
}

/** A shop node in a process of its own, on this database. */
export async function startNode(
  on: { databaseUrl: string; dataDir: string },
  name: string,
  telemetry: "on" | "off" = "on",
): Promise<ShopNode> {
  const child = startChild<{ port: number }>(new URL("node.ts", import.meta.url), {
    ROLE: "shop",
    NODE_NAME: `bench-${name}`,
    DATABASE_URL: on.databaseUrl,
    DATA_DIR: on.dataDir,
    SECRET_KEY: secretKey,
    SHOP_PORT: "0",
    LOG_LEVEL: "warn",
    TELEMETRY: telemetry,
  });
  const { port } = await child.next();
  return { url: `http://127.0.0.1:${port}`, stop: () => child.stop() };
}

export const startLoad = (): Child<LoadResult> =>
  startChild<LoadResult>(new URL("load.ts", import.meta.url), {});

/** One run; void, and so an error, when any answer was neither 201 nor a refusal because of load. */
export async function order(child: Child<LoadResult>, load: Load): Promise<LoadResult> {
  child.send(load);
  const result = await child.next();
  if (result.others !== 0) throw new Error(`void: ${result.others} answers were neither 201 nor 503`);
  return result;
}

/** Codes that nobody will read: placing an order does not open them. */
export async function seedStock(client: pg.Client, codes: number): Promise<void> {
  await client.query(
    `insert into products (id, sku, name, kind, price_fen, created_at, updated_at)
      values (uuidv7(), 'BENCH', 'Benchmark card', 'code', 1000, now(), now())`,
  );
  await client.query(
    `insert into codes (product_id, import_id, sealed, lookup)
      select (select id from products where sku = 'BENCH'), uuidv7(), sha256(n::text::bytea), sha256(n::text::bytea)
      from generate_series(1, $1::int) n`,
    [codes],
  );
}
