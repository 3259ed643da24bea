import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { eventually } from "../../test/supervised.ts";
import { type Account, findObstacle, parseAccounts } from "./embedded-postgres/account.ts";
import { clearLeftBehind, parsePidFile } from "./embedded-postgres/postmaster.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { createLog } from "./log.ts";
import { identify, isRunning } from "./process-identity.ts";
import { StartRefused } from "./start-refused.ts";

vi.setConfig({ testTimeout: 120_000 });

const logger = createLog({ level: "silent", name: "test" });
const isRoot = process.getuid?.() === 0;
const program = new URL("./embedded-postgres.ts", import.meta.url).href;

const nobody = isRoot
  ? parseAccounts(await readFile("/etc/passwd", "utf8")).find(({ name }) => name === "nobody")
  : undefined;
/** Where the project lies in root's home directory, an ordinary user cannot run any of it. */
const nobodyComesHere = nobody !== undefined && (await findObstacle(import.meta.dirname, nobody)) === null;

let dataDir: string;

beforeEach(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), "orderwatch-pg-")));
  return () => rm(dataDir, { recursive: true, force: true });
});

async function start(settings: Record<string, string> = {}) {
  const server = await startEmbeddedPostgres({ dataDir, durable: false, settings, logger });
  onTestFinished(() => server.stop());
  return server;
}

async function query(url: string, text: string): Promise<pg.QueryResult["rows"]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function uidOf(pid: number): Promise<number> {
  return (await stat(`/proc/${pid}`)).uid;
}

/** Starts a server from a process of its own (as an ordinary user if asked to), which says its pid and address. */
async function startElsewhere(user?: Account) {
  const source = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(program)});
    const user = ${JSON.stringify(user ?? null)};
    if (user) process.setgroups([]), process.setgid(user.gid), process.setuid(user.uid);
    const log = { info() {}, warn() {}, error() {} };
    const server = await startEmbeddedPostgres({ dataDir: process.argv[1], durable: false, logger: log });
    process.on("SIGTERM", () => server.stop().then(() => process.exit(0)));
    process.stdout.write(JSON.stringify({ pid: server.pid(), url: server.url }));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source, dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH, SECRET_KEY: "canary-5d1f" },
  });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await exited;
  });
  const [said] = await once(child.stdout, "data");
  const server: { pid: number; url: string } = JSON.parse(String(said));
  return { ...server, child, exited };
}

describe("a server", () => {
  test("keeps its data and its password over a restart, and is gone when stopped", async () => {
    const first = await startEmbeddedPostgres({ dataDir, durable: true, logger });
    const identity = await identify(first.pid());
    await query(first.url, "create table kept as select 42 as answer");
    await first.stop();
    expect(await isRunning(identity)).toBe(false);
    const second = await startEmbeddedPostgres({ dataDir, durable: true, logger });
    expect(await query(second.url, "table kept")).toEqual([{ answer: 42 }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    await second.stop();
    await second.stop();
  });

  test("makes every commit durable, and listens on loopback TCP alone", async () => {
    const server = await startEmbeddedPostgres({ dataDir, durable: true, logger });
    onTestFinished(() => server.stop());
    const names = ["fsync", "synchronous_commit", "full_page_writes", "listen_addresses"];
    const settings = await query(
      server.url,
      `select name, setting from pg_settings where name = any('{${names.join(",")},unix_socket_directories}')`,
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: "on",
      synchronous_commit: "on",
      full_page_writes: "on",
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
    });
  });

  test("lets nobody in without the password, which only the owner can read", async () => {
    const server = await start();
    const url = new URL(server.url);
    url.password = "wrong";
    await expect(query(url.href, "select 1")).rejects.toThrow("password authentication failed");
    expect((await stat(join(dataDir, "postgres.password"))).mode & 0o777).toBe(0o600);
    const stored = await query(
      server.url,
      "select left(rolpassword, 13) as kind from pg_authid where rolcanlogin",
    );
    expect(stored).toEqual([{ kind: "SCRAM-SHA-256" }]);
  });

  test("R1: gets nothing of our environment, where keys are", async () => {
    const { pid } = await startElsewhere();
    expect(await readFile(`/proc/${pid}/environ`, "utf8")).not.toContain("canary-5d1f");
  });

  test("runs in a session of its own, out of reach of the terminal's Ctrl-C", async () => {
    const server = await start();
    const text = await readFile(`/proc/${server.pid()}/stat`, "utf8");
    const [, , group, session] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    expect([group, session]).toEqual([String(server.pid()), String(server.pid())]);
  });

  test("that is killed is started again on the same port, with everything committed", async () => {
    const server = await startEmbeddedPostgres({ dataDir, durable: true, logger });
    onTestFinished(() => server.stop());
    await query(server.url, "create table kept as select 42 as answer");
    const before = server.pid();
    process.kill(before, "SIGKILL");
    const rows = await eventually("the server to be back", () =>
      query(server.url, "table kept").catch(() => undefined),
    );
    expect(rows).toEqual([{ answer: 42 }]);
    expect(server.pid()).not.toBe(before);
  });
});

describe("no server is left running", () => {
  const data = () => join(dataDir, "postgres", "data");
  const pidFile = async () =>
    parsePidFile(await readFile(join(data(), "postmaster.pid"), "utf8").catch(() => ""));
  beforeEach(() => () => clearLeftBehind(data(), logger));

  test("by a start that fails because the cluster's password was lost, which says so", async () => {
    await (await start()).stop();
    await rm(join(dataDir, "postgres.password"));
    await expect(start()).rejects.toThrow(
      new StartRefused(
        `DATA_DIR: ${dataDir}/postgres.password does not hold the password of the cluster in ${data()}; put back the one made with it, or move the cluster away to begin anew`,
      ),
    );
    expect(await pidFile()).toBeNull();
  });

  test("by a stop while one that died is being started again", async () => {
    const server = await start({ hot_standby: "off" });
    const first = server.pid();
    // A standby recovers for ever, and without hot_standby nobody may connect meanwhile.
    await writeFile(join(data(), "standby.signal"), "");
    process.kill(first, "SIGKILL");
    const second = await eventually("the next one to recover", async () => {
      const found = await pidFile();
      return found?.status === "standby" && found.pid !== first ? found.pid : undefined;
    });
    const identity = await identify(second);
    await server.stop();
    expect(await isRunning(identity)).toBe(false);
  });
});

describe("what an earlier run left", () => {
  test("a server whose parent was killed is stopped, and its data served again", async () => {
    const left = await startElsewhere();
    await query(left.url, "create table kept as select 42 as answer");
    const identity = await identify(left.pid);
    left.child.kill("SIGKILL");
    await left.exited;
    expect(await isRunning(identity)).toBe(true);
    const server = await start();
    expect(await isRunning(identity)).toBe(false);
    expect(await query(server.url, "table kept")).toEqual([{ answer: 42 }]);
  });

  test("a pid file whose number now belongs to another process is no obstacle, and that process lives", async () => {
    await (await start()).stop();
    const stranger = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"]);
    onTestFinished(() => void stranger.kill());
    const pidFile = join(dataDir, "postgres", "data", "postmaster.pid");
    await writeFile(pidFile, `${stranger.pid}\n${dataDir}\n1\n5433\n\n127.0.0.1\n\nready\n`);
    const server = await start();
    expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(stranger.exitCode).toBeNull();
  });

  test("an initialisation that was cut off is begun anew", async () => {
    await mkdir(join(dataDir, "postgres", "data.unfinished", "base"), { recursive: true });
    await writeFile(join(dataDir, "postgres", "initdb.password"), "half");
    const server = await start();
    expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(existsSync(join(dataDir, "postgres", "initdb.password"))).toBe(false);
  });
});

test("a server that refuses to start is reported with its own words", async () => {
  await expect(start({ shared_buffers: "nonsense" })).rejects.toThrow("invalid value for parameter");
});

describe.runIf(isRoot)("started by root", () => {
  test("the server runs as a system account that our keys are closed to", async () => {
    await writeFile(join(dataDir, "secret.key"), "key", { mode: 0o600 });
    const server = await start();
    expect(await uidOf(server.pid())).not.toBe(0);
    expect((await stat(join(dataDir, "secret.key"))).mode & 0o077).toBe(0);
  });

  test("a DATA_DIR behind a closed door has its cluster under /var/lib, and still finds it the next time", async () => {
    await chmod(dataDir, 0o700);
    const hidden = join(dataDir, "inside", "data");
    await mkdir(hidden, { recursive: true });
    const options = { dataDir: hidden, durable: false, logger };
    const first = await startEmbeddedPostgres(options);
    onTestFinished(() => first.stop());
    const location = (await readFile(join(hidden, "postgres.location"), "utf8")).trim();
    onTestFinished(() => rm(location, { recursive: true, force: true }));
    expect(dirname(location)).toBe("/var/lib/orderwatch");
    await query(first.url, "create table kept as select 42 as answer");
    await first.stop();
    const second = await startEmbeddedPostgres(options);
    onTestFinished(() => second.stop());
    expect(await query(second.url, "table kept")).toEqual([{ answer: 42 }]);
    await second.stop();
  });

  test.runIf(nobodyComesHere)(
    "an ordinary user starts it too, and root goes on as the owner of the data",
    async () => {
      if (!nobody) throw new Error("checked above");
      await chown(dataDir, nobody.uid, nobody.gid);
      const theirs = await startElsewhere(nobody);
      await query(theirs.url, "create table kept as select 42 as answer");
      theirs.child.kill("SIGTERM");
      await theirs.exited;
      const server = await start();
      expect(await query(server.url, "table kept")).toEqual([{ answer: 42 }]);
      expect(await uidOf(server.pid())).toBe(nobody.uid);
    },
  );
});
