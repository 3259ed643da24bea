import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { clearLeftBehind, isTaken } from "../src/platform/embedded-postgres/postmaster.ts";
import { startEmbeddedPostgres } from "../src/platform/embedded-postgres.ts";
import { createLog } from "../src/platform/log.ts";
import { migrate } from "../src/platform/migrations.ts";
import { loadSandboxKeys, type SandboxKeys } from "../src/platform/sandbox-keys.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Connection string of the server that this run started. */
    postgresUrl: string;
    /** Both sides' keys of the companies that the sandbox plays, made once: RSA keys take their time. */
    sandboxKeys: SandboxKeys;
  }
}

const PREFIX = "orderwatch-test-";
/** Every test database is a copy of this one. */
const TEMPLATE = "template_orderwatch";

const logger = createLog({ level: "warn", name: "test" });

/** A run that was killed could not clean up: its server still runs and its directory is still there. */
async function removeKilledRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split("-")[0]) : 0;
    if (!Number.isInteger(owner) || owner === 0 || isTaken(owner)) continue;
    const left = join(tmpdir(), name);
    await clearLeftBehind(join(left, "postgres", "data"), logger);
    await rm(left, { recursive: true, force: true });
  }
}

async function makeTemplate(serverUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`create database ${TEMPLATE}`);
  const url = new URL(serverUrl);
  url.pathname = `/${TEMPLATE}`;
  await migrate(url.href);
  await client.query(`alter database ${TEMPLATE} with is_template true allow_connections false`);
  await client.end();
}

/** One PostgreSQL for the whole run, with the migrations applied once. Returns its clean-up. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeKilledRuns();
  const dataDir = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const server = await startEmbeddedPostgres({ dataDir, durable: false, logger });
  await makeTemplate(server.url);
  project.provide("postgresUrl", server.url);
  project.provide("sandboxKeys", await loadSandboxKeys(dataDir));
  return async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
