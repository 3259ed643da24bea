import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { provideBinaries } from "./embedded-postgres/binaries.ts";
import { CLUSTER_USER, ensureCluster } from "./embedded-postgres/cluster.ts";
import { type Home, openHome } from "./embedded-postgres/home.ts";
import { clearLeftBehind, type Postmaster, startPostmaster } from "./embedded-postgres/postmaster.ts";
import type { Logger } from "./log.ts";
import { StartRefused } from "./start-refused.ts";

export type EmbeddedPostgres = {
  /** Connection string of the database `orderwatch`, password included: never log it. */
  url: string;
  /** The server's current pid; it changes when the server had to be restarted. */
  pid(): number;
  /** Ends connections and the server, within 10 s. Safe to call twice. */
  stop(): Promise<void>;
};

export type EmbeddedPostgresOptions = {
  /** Cluster, password and logs are kept here (see `openHome` for root). Created when missing. */
  dataDir: string;
  /** `false` gives up crash safety for speed: for tests only. */
  durable: boolean;
  /** Server settings over the defaults, by their PostgreSQL names. */
  settings?: Readonly<Record<string, string>>;
  /** Loopback TCP port; a free one when left out. */
  port?: number;
  logger: Logger;
  /** Gives the start up, cleanly; means nothing once it has succeeded. */
  signal?: AbortSignal;
};

/** A start can be refused for a moment: backends of a killed server still detaching, a port just taken. */
const RETRY_WITHIN_MS = 10_000;
const RETRY_EVERY_MS = 200;
const RESTART_BACKOFF_MS = [100, 500, 2_000, 5_000];

const common = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  password_encryption: "scram-sha-256",
  timezone: "UTC",
  log_timezone: "UTC",
  // Error details quote column values, which may be personal data.
  log_error_verbosity: "terse",
  jit: "off",
  // On two cores a parallel report would take its worker from the orders.
  max_parallel_workers_per_gather: "0",
};

/**
 * For 2 cores and little memory, written to constantly: few checkpoints, every commit durable, a vacuum that comes early
 * but works slowly, since a worker at full speed held every order up for a second whenever it came, and statistics of
 * samples that are soon taken.
 */
const durableSettings = {
  ...common,
  fsync: "on",
  synchronous_commit: "on",
  shared_buffers: "256MB",
  // So much of the log is kept to be written over, so that a rush after quiet hours need not make new segments.
  min_wal_size: "512MB",
  max_wal_size: "4GB",
  wal_compression: "on",
  checkpoint_timeout: "15min",
  checkpoint_completion_target: "0.9",
  random_page_cost: "1.1",
  autovacuum_naptime: "30s",
  autovacuum_vacuum_scale_factor: "0.02",
  autovacuum_vacuum_insert_scale_factor: "0.2",
  autovacuum_analyze_scale_factor: "0.1",
  autovacuum_vacuum_cost_delay: "10ms",
  autovacuum_vacuum_cost_limit: "100",
  default_statistics_target: "30",
  logging_collector: "on",
  log_directory: "../log",
  // One file per weekday, overwritten a week later, so that the log never grows without end.
  log_filename: "postgresql-%a.log",
  log_truncate_on_rotation: "on",
  log_rotation_age: "1d",
  log_rotation_size: "0",
  log_checkpoints: "off",
};

const fastSettings = {
  ...common,
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  shared_buffers: "128MB",
  max_wal_size: "2GB",
  io_method: "sync",
};

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free loopback port");
  return address.port;
}

function databaseUrl(home: Home, port: number, database: string): string {
  return `postgres://${CLUSTER_USER}:${encodeURIComponent(home.password)}@127.0.0.1:${port}/${database}`;
}

async function ensureDatabase(home: Home, port: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl(home, port, "postgres") });
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = $1", [CLUSTER_USER]);
    if (rowCount === 0) await client.query(`create database ${CLUSTER_USER}`);
  } finally {
    await client.end();
  }
}

/** What to show for an error of `ensureDatabase`. */
function explain(error: unknown, home: Home, dataDir: string): unknown {
  if (!(error instanceof pg.DatabaseError) || error.code !== "28P01") return error;
  const file = join(dataDir, "postgres.password");
  return new StartRefused(
    `DATA_DIR: ${file} does not hold the password of the cluster in ${home.data}; put back the one made with it, or move the cluster away to begin anew`,
  );
}

/**
 * Starts PostgreSQL 18 from the npm package's binaries on loopback with SCRAM, initialising the cluster on first
 * use and stopping a server that a killed run left behind. A server that dies by itself is restarted on the same
 * port. Throws when the cluster cannot be initialised or its start is refused for 10 s, `StartRefused` when its password
 * was lost, and the signal's reason when given up; no server is left running then.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { durable, logger } = options;
  const home = await openHome(options.dataDir);
  const binaries = await provideBinaries(home.dir, home.account);
  await ensureCluster(home, binaries, durable);
  const settings = { ...(durable ? durableSettings : fastSettings), ...options.settings };
  let port = options.port ?? 0;
  const ending = new AbortController();

  const start = async (signal: AbortSignal): Promise<Postmaster> => {
    const deadline = performance.now() + RETRY_WITHIN_MS;
    for (;;) {
      try {
        await clearLeftBehind(home.data, logger);
        const candidate = port || (await findFreePort());
        signal.throwIfAborted();
        const started = await startPostmaster(home, binaries, candidate, settings, signal);
        port = candidate;
        return started;
      } catch (error) {
        if (signal.aborted || performance.now() > deadline) throw error;
        await delay(RETRY_EVERY_MS);
      }
    }
  };

  let current = await start(options.signal ?? ending.signal);
  try {
    await ensureDatabase(home, port);
  } catch (error) {
    await current.stop();
    throw explain(error, home, options.dataDir);
  }

  const revive = async (): Promise<void> => {
    for (let attempt = 0; !ending.signal.aborted; attempt++) {
      await delay(RESTART_BACKOFF_MS[Math.min(attempt, RESTART_BACKOFF_MS.length - 1)]);
      try {
        if (!ending.signal.aborted) current = await start(ending.signal);
        return;
      } catch (error) {
        if (error !== ending.signal.reason) logger.error({ err: error }, "PostgreSQL does not start again");
      }
    }
  };
  const keepAlive = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await current.exited;
      if (ending.signal.aborted) return;
      logger.error({ pid: current.pid }, "PostgreSQL ended unexpectedly, starting it again");
      await revive();
    }
  };
  const keeper = keepAlive();

  return {
    url: databaseUrl(home, port, CLUSTER_USER),
    pid: () => current.pid,
    stop: async () => {
      ending.abort();
      await current.stop();
      await keeper;
      // A revival that had just succeeded when we began to stop has put its server in the place of the one that died.
      await current.stop();
    },
  };
}
