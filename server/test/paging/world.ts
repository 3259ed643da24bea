import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../src/platform/clock.ts";
import { createKeys } from "../../src/platform/crypto.ts";
import { type Database, openDatabase } from "../../src/platform/db.ts";
import { startEmbeddedPostgres } from "../../src/platform/embedded-postgres.ts";
import { createIds } from "../../src/platform/ids.ts";
import { createLog } from "../../src/platform/log.ts";
import { Registry } from "../../src/platform/metrics.ts";
import { migrate } from "../../src/platform/migrations.ts";
import { loadSandboxKeys } from "../../src/platform/sandbox-keys.ts";
import type { Vapid } from "../../src/platform/vapid.ts";
import { deriveVapid } from "../../src/platform/vapid.ts";
import { openSandbox } from "../../src/sandbox/server.ts";
import { freePorts } from "../free-ports.ts";
import { openFaults, type PlantedFaults, strike } from "../planted-faults.ts";
import { eventually } from "../poll.ts";
import { type RoleProcess, spawnRole } from "../role-process.ts";

const secretKey = "the master key of a paging campaign";
export const alertsToken = "the token of a paging campaign";
const goneWithinMs = 60_000;

/** Consoles as real processes that can be killed and come back, against one database and the companies of one sandbox. */
export interface PagingWorld {
  databaseUrl: string;
  db: Database;
  context: ReturnType<typeof contextOf>;
  vapid: Vapid;
  sandboxUrl: string;
  consoleUrls: readonly string[];
  faults: PlantedFaults;
  /** Kills one of the consoles; waits for one to be there. */
  kill(random: () => number): Promise<void>;
  /** Runs `work` while no console does. */
  pause(work: () => Promise<void>): Promise<void>;
  /** How often a console has ended since all were ready, by whatever hand. */
  deaths(): number;
  /** What consoles have printed. */
  lines(): string[];
  /** Resolves when all consoles serve. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

const contextOf = (db: Database) => ({
  ...{ db, clock: systemClock, newId: createIds(systemClock), keys: createKeys(secretKey) },
  log: createLog({ level: "silent", name: "campaign" }),
});

export async function openPagingWorld(options: {
  consoles: number;
  random: () => number;
}): Promise<PagingWorld> {
  const folder = mkdtempSync(join(tmpdir(), "orderwatch-pages-"));
  // The account that PostgreSQL runs under has to get to what lies inside.
  chmodSync(folder, 0o711);
  const dataDir = join(folder, "data");
  const faults = openFaults(join(folder, "faults"));
  const logger = createLog({ level: "silent", name: "campaign" });
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false, logger });
  await migrate(postgres.url);
  const db = openDatabase({ url: postgres.url, name: "campaign", max: 8, log: logger });
  const context = contextOf(db);
  const sandbox = await openSandbox({
    ...{ dataDir, port: 0, shopUrl: "http://shop.test", shopOrigins: [], metrics: new Registry() },
    ...{ keys: await loadSandboxKeys(dataDir), random: options.random },
    ...{ log: logger, newId: context.newId, clock: systemClock },
  });
  const ports = await freePorts(options.consoles);
  const consoles = ports.map((port, n) =>
    keepConsole(port, options.random, {
      ...{ ROLE: "console", NODE_NAME: `console-${n + 1}`, CONSOLE_PORT: String(port) },
      ...{ DATABASE_URL: postgres.url, SECRET_KEY: secretKey, DATA_DIR: dataDir },
      ...{ SANDBOX_URL: sandbox.url, FAULTS_DIR: faults.folder, ALERTS_TOKEN: alertsToken },
      ...{ ADMIN_EMAIL: "admin@example.com", ADMIN_PASSWORD: "a password for a campaign" },
    }),
  );
  const ready = async () => {
    await Promise.all(consoles.map((console) => console.ready()));
  };
  return {
    ...{ databaseUrl: postgres.url, db, context, faults, sandboxUrl: sandbox.url, ready },
    vapid: deriveVapid(context.keys, "mailto:staff@example.com"),
    consoleUrls: ports.map((port) => `http://127.0.0.1:${port}`),
    async kill(random) {
      await eventually(
        "a console to kill",
        () => {
          const there = consoles.map((console) => console.pid()).filter((pid) => pid !== undefined);
          const pid = there[Math.floor(random() * there.length)];
          return pid !== undefined && strike(pid);
        },
        goneWithinMs,
      );
    },
    async pause(work) {
      const resume = await Promise.all(consoles.map((console) => console.pause()));
      await work().finally(() => {
        for (const go of resume) go();
      });
    },
    deaths: () => consoles.reduce((sum, console) => sum + console.deaths(), 0),
    lines: () => consoles.flatMap((console) => console.lines()),
    async close() {
      await Promise.all(consoles.map((console) => console.stop()));
      await sandbox.close();
      await db.close();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface KeptConsole {
  /** Undefined while none runs. */
  pid(): number | undefined;
  deaths(): number;
  lines(): string[];
  ready(): Promise<void>;
  /** Ends it; what this resolves with starts it again. */
  pause(): Promise<() => void>;
  stop(): Promise<void>;
}

/** Starts a console again whenever it has ended, as a supervisor would. */
function keepConsole(port: number, random: () => number, env: Record<string, string>): KeptConsole {
  const lines: string[] = [];
  let current: RoleProcess | undefined;
  let deaths = 0;
  let stopped = false;
  let paused: Promise<void> | undefined;
  const keep = async () => {
    while (!stopped) {
      current = spawnRole(env);
      await current.exited;
      lines.push(...current.lines);
      current = undefined;
      if (stopped) return;
      deaths += 1;
      await delay(50 + random() * 400);
      await paused;
    }
  };
  const kept = keep();
  return {
    pid: () => current?.pid,
    deaths: () => deaths,
    lines: () => [...lines, ...(current?.lines ?? [])],
    async ready() {
      const known = current;
      await eventually(
        `the console on ${port} serves`,
        async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok,
        goneWithinMs,
      ).catch((error: unknown) => {
        throw new Error(`it says ${known?.lines.join("\n")}`, { cause: error });
      });
    },
    async pause() {
      const { promise, resolve } = Promise.withResolvers<void>();
      paused = promise;
      await current?.kill();
      return resolve;
    },
    async stop() {
      stopped = true;
      await current?.kill();
      await kept;
    },
  };
}
