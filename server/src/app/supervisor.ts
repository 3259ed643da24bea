import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createKeys } from "../platform/crypto.ts";
import { startEmbeddedPostgres } from "../platform/embedded-postgres.ts";
import { readSettings, type Settings } from "../platform/env.ts";
import { type LockFile, LockHeldError, takeLock } from "../platform/lock-file.ts";
import type { Logger } from "../platform/log.ts";
import { identify, isFrozen, isRunning, type ProcessIdentity } from "../platform/process-identity.ts";
import { provideSecretKey } from "../platform/secret-key.ts";
import { StartRefused } from "../platform/start-refused.ts";
import { listNodes, partsOf } from "./supervisor/nodes.ts";
import { bindSharedPort, reservePort, resolveHost } from "./supervisor/ports.ts";
import { runPool } from "./supervisor/runner.ts";

/** Nodes whose supervisor was killed stop by themselves within this time; a frozen one does not. */
const ORPHANS_MS = 10_500;
const ORPHAN_POLL_MS = 20;

type Environment = Readonly<Record<string, string | undefined>>;

export type SupervisorOptions = {
  /** What the children inherit; the settings are read from it. */
  environment: Environment;
  /** Program and arguments that start any role; ROLE says which. */
  command: readonly [string, ...string[]];
  /** Writes a line on standard output. */
  print(line: string): void;
  log: Logger;
  /** Gives the start up, cleanly. */
  signal: AbortSignal;
};

/** What was opened, closed in reverse; a failed close does not keep the others from closing. */
class Closers {
  readonly #closers: (() => unknown)[] = [];
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(close: () => unknown): void {
    this.#closers.push(close);
  }

  async closeAll(): Promise<void> {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        this.#log.error({ err: error }, "something did not close");
      }
    }
  }
}

async function takeDataDir(dataDir: string): Promise<LockFile> {
  try {
    return await takeLock(join(dataDir, "supervisor.lock"));
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new StartRefused(`DATA_DIR: ${dataDir} is in use by process ${error.holder.pid}`);
  }
}

function killOrphan({ pid }: ProcessIdentity, log: Logger): void {
  log.warn({ pid }, "killing a process that an earlier run left behind");
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It may have ended in this moment; if it has not, the caller finds it running and comes back.
    log.warn({ err: error, pid }, "a process that an earlier run left behind could not be killed");
  }
}

/** Children of a killed supervisor still hold ports and finish orders; they must be gone before ours begin. */
async function outliveOrphans(lock: LockFile, log: Logger): Promise<void> {
  const deadline = performance.now() + ORPHANS_MS;
  for (const orphan of lock.orphans) {
    while (await isRunning(orphan)) {
      if (performance.now() > deadline || (await isFrozen(orphan))) killOrphan(orphan, log);
      await delay(ORPHAN_POLL_MS);
    }
  }
}

/**
 * Runs everything on this machine: embedded PostgreSQL unless DATABASE_URL is set, console, shop nodes, sandbox.
 * Resolves when all of them are ready and the ready line is printed. Throws `StartRefused` when a port or DATA_DIR
 * is taken or a role cannot start, and the signal's reason when given up; nothing is left running then.
 */
export async function startSupervisor(
  settings: Settings,
  options: SupervisorOptions,
): Promise<{ close(): Promise<void> }> {
  const { environment, log, signal } = options;
  const closers = new Closers(log);
  try {
    const lock = await takeDataDir(settings.dataDir);
    closers.add(() => lock.release());
    await outliveOrphans(lock, log);

    const host = await resolveHost(settings.host);
    const consolePort = reservePort("CONSOLE_PORT", host, settings.console.port);
    const sandboxPort = settings.sandbox.on
      ? reservePort("SANDBOX_PORT", "127.0.0.1", settings.sandbox.port)
      : settings.sandbox.port;
    const paymentsPort =
      settings.payments.port === undefined
        ? undefined
        : reservePort("PAYMENTS_PORT", host, settings.payments.port);
    const sharedPort = bindSharedPort("SHOP_PORT", host, settings.shop.port);
    closers.add(() => sharedPort.close());

    const secretKey = settings.secretKey ?? (await provideSecretKey(settings.dataDir));
    let databaseUrl = settings.database.url;
    if (databaseUrl === undefined) {
      const postgres = await startEmbeddedPostgres({
        dataDir: settings.dataDir,
        durable: true,
        logger: log,
        signal,
      });
      closers.add(() => postgres.stop());
      databaseUrl = postgres.url;
    }
    signal.throwIfAborted();

    const childEnvironment = {
      // Spares every start but the first a quarter of the time that loading takes.
      NODE_COMPILE_CACHE: join(settings.dataDir, "compile-cache"),
      ...environment,
      DATABASE_URL: databaseUrl,
      SECRET_KEY: secretKey,
      DATA_DIR: settings.dataDir,
      CONSOLE_PORT: String(consolePort),
      SHOP_PORT: String(sharedPort.port),
      SANDBOX_PORT: String(sandboxPort),
      ...(paymentsPort === undefined ? {} : { PAYMENTS_PORT: String(paymentsPort) }),
      // Its default depends on where the database is, which the children cannot tell any more.
      SIMULATE: String(settings.simulate),
    };
    const runner = runPool({
      nodes: listNodes(settings),
      bounds: { always: settings.shop.nodes, most: settings.shop.nodesMax },
      command: options.command,
      environmentOf: (node) => ({
        ...childEnvironment,
        ...partsOf(settings, node.role),
        NODE_NAME: node.name,
      }),
      sharedPort,
      keys: createKeys(secretKey),
      log,
      onNotice: options.print,
      onPids: (pids) => {
        Promise.all(pids.map(identify))
          .then((dependants) => lock.setDependants(dependants))
          .catch((error: unknown) => log.error({ err: error }, "the lock file could not be written"));
      },
    });
    closers.add(() => runner.stop());
    signal.addEventListener("abort", () => runner.abandon(signal.reason), { once: true });
    await runner.complete;

    const addresses = readSettings(childEnvironment);
    options.print(`orderwatch ready  console ${addresses.console.url}  shop ${addresses.shop.url}`);
    return { close: () => closers.closeAll() };
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}
