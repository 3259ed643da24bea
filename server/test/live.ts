import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { onTestFinished } from "vitest";
import { Hub, type HubOptions } from "../src/live/hub.ts";
import { systemClock } from "../src/platform/clock.ts";
import type { Sql } from "../src/platform/db.ts";
import { createIds } from "../src/platform/ids.ts";
import { createLog } from "../src/platform/log.ts";
import { type Authenticate, createRealtime, type Realtime } from "../src/platform/realtime.ts";
import { countOrderEvents } from "../src/shop/orders/counts.ts";
import { createTestDatabase } from "./database.ts";

export const silentLog = createLog({ level: "silent", name: "test" });

/** A pool on a database of the test's own; both are gone when it ends. */
export async function testPool(): Promise<pg.Pool> {
  const { url, drop } = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  onTestFinished(async () => {
    await pool.end();
    await drop();
  });
  return pool;
}

/** A hub that has loaded and waits to be ticked. */
export async function startHub(pool: Sql, now: Date, options: Partial<HubOptions> = {}): Promise<Hub> {
  const hub = new Hub({
    epoch: crypto.randomUUID(),
    sql: pool,
    log: silentLog,
    events: { count: (from, until) => countOrderEvents(pool, from, until) },
    stock: async () => [],
    targets: { successRate: 0.98, latencyP99Ms: 200 },
    // Only a database that hangs may run into it.
    countWithinMs: 20_000,
    ...options,
  });
  onTestFinished(() => hub.stop(now));
  await hub.start(now);
  return hub;
}

export interface ListeningRealtime extends Realtime {
  url: string;
  port: number;
  stop(): Promise<void>;
}

/** socket.io on a real HTTP server; `port` 0 takes a free one. */
export async function listenRealtime(
  options: { authenticate?: Authenticate; recheckEveryMs?: number; port?: number; origins?: string[] } = {},
): Promise<ListeningRealtime> {
  const server = createServer();
  const realtime = createRealtime({
    server,
    origins: ["https://console.example"],
    authenticate: async () => null,
    newId: createIds(systemClock),
    log: silentLog,
    ...options,
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await realtime.close();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  };
  onTestFinished(stop);
  return { ...realtime, url: `http://127.0.0.1:${port}`, port, stop };
}
