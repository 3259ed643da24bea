import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { DrillFault } from "@orderwatch/shared/ops/drill-faults.ts";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { freePorts } from "../../test/free-ports.ts";
import { sessionOf } from "../../test/processes.ts";
import { ask, eventually, halfAsk, launch, makeDataDir, sendBuyers, start } from "../../test/supervised.ts";
import { createKeys } from "../platform/crypto.ts";
import { clearLeftBehind, parsePidFile } from "../platform/embedded-postgres/postmaster.ts";
import { startEmbeddedPostgres } from "../platform/embedded-postgres.ts";
import { signLease } from "../platform/faults/proof.ts";
import { createLog } from "../platform/log.ts";
import { identify, isRunning } from "../platform/process-identity.ts";

// Each test boots whole process trees, on machines that may be busy with something else.
vi.setConfig({ testTimeout: 120_000 });

describe("the active node is lost", () => {
  test("kill -9: the standby serves, no connection is refused, and the killed node returns as standby", async () => {
    const product = await start({ DATA_DIR: await makeDataDir() });
    const buyers = sendBuyers(product.shopUrl, 4);
    const active = await product.nodeIn("active");
    const standby = await product.nodeIn("standby");
    expect(await ask(product.shopUrl)).toEqual({ body: active.name });
    process.kill(active.pid, "SIGKILL");
    await eventually("the standby to serve", async () => {
      const answer = await ask(product.shopUrl);
      return "body" in answer && answer.body === standby.name ? true : undefined;
    });
    // By its name: until it is known to accept, the heir counts as a standby too.
    await eventually("the killed node to be back as a standby", async () => {
      const node = (await product.nodes()).find((each) => each.name === active.name);
      return node?.state === "standby" && node.pid !== active.pid ? true : undefined;
    });
    const { served, failed } = await buyers.stop();
    expect(served).toContain(standby.name);
    // What the killed process was answering is cut; whoever was waiting in the kernel is not turned away.
    expect(failed).not.toContain("ECONNREFUSED");
    expect(failed.length).toBeLessThanOrEqual(4);
  });

  test("SIGSTOP: the hung node is killed, then its standby serves", async () => {
    const product = await start({ DATA_DIR: await makeDataDir() });
    const active = await product.nodeIn("active");
    const standby = await product.nodeIn("standby");
    process.kill(active.pid, "SIGSTOP");
    await eventually("the standby to be active", async () => {
      const nodes = await product.nodes();
      return nodes.find((node) => node.name === standby.name && node.state === "active");
    });
    expect(await ask(product.shopUrl)).toEqual({ body: standby.name });
    await eventually("the hung process to be gone", async () =>
      (await product.survivors()).some(({ pid }) => pid === active.pid) ? undefined : true,
    );
  });
});

test("SIGTERM to the active node: its standby serves while it still answers what it has, and no request fails", async () => {
  const product = await start({ DATA_DIR: await makeDataDir() });
  const active = await product.nodeIn("active");
  const standby = await product.nodeIn("standby");
  const buyers = sendBuyers(product.shopUrl, 4);
  const waiting = await halfAsk(product.shopUrl);
  expect(waiting.served).toContain(active.name);
  process.kill(active.pid, "SIGTERM");
  await eventually("the standby to serve", async () => {
    const answer = await ask(product.shopUrl);
    return "body" in answer && answer.body === standby.name ? true : undefined;
  });
  expect((await product.survivors()).map(({ pid }) => pid)).toContain(active.pid);
  expect(await waiting.finish()).toContain(active.name);
  await eventually("the node to be back as a standby", async () => {
    const node = (await product.nodes()).find((each) => each.name === active.name);
    return node?.state === "standby" && node.pid !== active.pid ? true : undefined;
  });
  expect((await buyers.stop()).failed).toEqual([]);
});

test("a node in an endless loop is ended like a frozen one", async () => {
  const product = await start({ DATA_DIR: await makeDataDir() });
  const active = await product.nodeIn("active");
  const cut = ask(`${product.shopUrl}/loop`);
  await eventually("the standby to be active", async () =>
    (await product.nodes()).find((node) => node.name !== active.name && node.state === "active"),
  );
  expect(await cut).toEqual({ failed: "ECONNRESET" });
});

describe("switching on command", () => {
  test("promote: not one request fails, and what is in flight on the old node is answered by it", async () => {
    const product = await start({ DATA_DIR: await makeDataDir() });
    const active = await product.nodeIn("active");
    const standby = await product.nodeIn("standby");
    const buyers = sendBuyers(product.shopUrl, 4);
    const slow = ask(`${product.shopUrl}/slow`);
    await ask(product.shopUrl);
    expect(await product.order("promote", standby.name)).toBe("begun");
    await eventually("both to have changed places", async () => {
      const states = new Map((await product.nodes()).map((node) => [node.name, node.state]));
      return states.get(standby.name) === "active" && states.get(active.name) === "standby"
        ? true
        : undefined;
    });
    expect(await ask(product.shopUrl)).toEqual({ body: standby.name });
    expect(await slow).toEqual({ body: active.name });
    expect(await product.order("promote", active.name)).toBe("begun");
    await eventually("the first to serve again", async () => {
      const answer = await ask(product.shopUrl);
      return "body" in answer && answer.body === active.name ? true : undefined;
    });
    expect((await buyers.stop()).failed).toEqual([]);
  });

  test("restart: the active node comes back as another process, without a failed request", async () => {
    const product = await start({ DATA_DIR: await makeDataDir() });
    const active = await product.nodeIn("active");
    const buyers = sendBuyers(product.shopUrl, 4);
    expect(await product.order("restart", active.name)).toBe("begun");
    await eventually("the restarted node to be a standby", async () => {
      const node = (await product.nodes()).find((each) => each.name === active.name);
      return node?.state === "standby" && node.pid !== active.pid ? true : undefined;
    });
    expect((await buyers.stop()).failed).toEqual([]);
  });

  test("a command that cannot be carried out is answered with the reason", async () => {
    const product = await start({ DATA_DIR: await makeDataDir(), SHOP_NODES: "1" });
    expect(await product.order("drain", "shop-1")).toBe("refused: no standby is ready to take over");
  });
});

test.runIf(process.platform === "linux")(
  "each shop node has a session, and so a share of the processors, of its own",
  async () => {
    const product = await start({ DATA_DIR: await makeDataDir() });
    const sessions = await Promise.all(
      (await product.nodes()).map(async ({ name, pid }) => [name, await sessionOf(pid ?? 0), pid] as const),
    );
    const apart = sessions.filter(([, session, pid]) => session === pid).map(([name]) => name);
    const along = sessions.filter(([, session]) => session === product.pid).map(([name]) => name);
    expect([apart.sort(), along.sort()]).toEqual([
      ["shop-1", "shop-2"],
      ["console-1", "sandbox-1"],
    ]);
  },
);

describe("stopping", () => {
  test("Ctrl-C, arriving several times, ends with 0 and leaves no process and no lock", async () => {
    const dataDir = await makeDataDir();
    const product = await start({ DATA_DIR: dataDir, DATABASE_URL: "" });
    const slow = ask(`${product.shopUrl}/slow`);
    await ask(product.shopUrl);
    for (let time = 0; time < 3; time++) product.interrupt();
    expect(await product.exited).toBe(0);
    expect(await slow).toHaveProperty("body");
    expect(await product.survivors()).toEqual([]);
    expect((await readdir(dataDir)).sort()).toEqual([
      "compile-cache",
      "postgres",
      "postgres.password",
      "secret.key",
    ]);
    expect(existsSync(join(dataDir, "postgres", "data", "postmaster.pid"))).toBe(false);
  });

  test("Ctrl-C while PostgreSQL still recovers ends with 0 and leaves no process", async () => {
    const dataDir = await makeDataDir();
    const data = join(dataDir, "postgres", "data");
    const log = createLog({ level: "silent", name: "test" });
    await (await startEmbeddedPostgres({ dataDir, durable: true, logger: log })).stop();
    // A standby recovers for ever, and without hot_standby nobody may connect meanwhile.
    await writeFile(join(data, "standby.signal"), "");
    await appendFile(join(data, "postgresql.auto.conf"), "hot_standby = off\n");
    onTestFinished(() => clearLeftBehind(data, log));
    const product = launch({ DATA_DIR: dataDir, DATABASE_URL: "" });
    const pid = await eventually("PostgreSQL to recover", async () => {
      const found = parsePidFile(await readFile(join(data, "postmaster.pid"), "utf8").catch(() => ""));
      return found?.status === "standby" ? found.pid : undefined;
    });
    const postgres = await identify(pid);
    product.interrupt();
    expect(await product.exited).toBe(0);
    expect(await isRunning(postgres)).toBe(false);
    expect(existsSync(join(dataDir, "supervisor.lock"))).toBe(false);
  });

  test("SIGTERM to every process at once, as a service manager sends it, ends with 0 and leaves none", async () => {
    const product = await start({ DATA_DIR: await makeDataDir() });
    // The supervisor last, so that its nodes ask to leave before it knows that everything ends.
    for (const { pid } of (await product.survivors()).reverse()) process.kill(pid, "SIGTERM");
    expect(await product.exited).toBe(0);
    expect(await product.survivors()).toEqual([]);
  });

  test("a frozen child does not keep the product from stopping", async () => {
    const product = await start({ DATA_DIR: await makeDataDir() });
    process.kill((await product.nodeIn("standby")).pid, "SIGSTOP");
    product.interrupt();
    expect(await product.exited).toBe(0);
    expect(await product.survivors()).toEqual([]);
  });

  test("kill -9 of the supervisor: its children end by themselves, and the next start uses the same data", async () => {
    const dataDir = await makeDataDir();
    const [CONSOLE_PORT, SHOP_PORT] = (await freePorts(2)).map(String) as [string, string];
    const settings = { DATA_DIR: dataDir, DATABASE_URL: "", CONSOLE_PORT, SHOP_PORT };
    const killed = await start(settings);
    process.kill(killed.pid, "SIGKILL");
    await killed.exited;
    await eventually("its children to have ended", async () =>
      (await killed.survivors()).length === 0 ? true : undefined,
    );
    expect(existsSync(join(dataDir, "postgres", "data", "postmaster.pid"))).toBe(true);
    const product = await start(settings);
    expect(await ask(product.shopUrl)).toEqual({ body: expect.stringMatching(/^shop-[12]$/) });
    product.interrupt();
    expect(await product.exited).toBe(0);
    expect(existsSync(join(dataDir, "postgres", "data", "postmaster.pid"))).toBe(false);
  });

  test("kill -9 of the supervisor with a frozen child: the next start removes it", async () => {
    const dataDir = await makeDataDir();
    const settings = { DATA_DIR: dataDir, SHOP_PORT: String((await freePorts(1))[0]) };
    const killed = await start(settings);
    process.kill((await killed.nodeIn("active")).pid, "SIGSTOP");
    process.kill(killed.pid, "SIGKILL");
    await killed.exited;
    const product = await start(settings);
    expect(await killed.survivors()).toEqual([]);
    expect(await ask(product.shopUrl)).toEqual({ body: expect.stringMatching(/^shop-[12]$/) });
  });
});

describe("starting", () => {
  test("the ready line names both addresses, after what the console had to say", async () => {
    const product = await start({ DATA_DIR: await makeDataDir(), SHOP_URL: "http://shop.example.test/" });
    expect(product.shopUrl).toBe("http://shop.example.test");
    expect(product.lines).toContain("first sign-in  admin@orderwatch.local  secret");
  });

  test("a second start on the same data is refused in one line, and does not disturb the first", async () => {
    const dataDir = await makeDataDir();
    const first = await start({ DATA_DIR: dataDir });
    const second = launch({ DATA_DIR: dataDir });
    expect(await second.exited).toBe(1);
    await eventually("its line", () => second.lines[0]);
    expect(second.lines).toEqual([`DATA_DIR: ${dataDir} is in use by process ${first.pid}`]);
    expect(await ask(first.shopUrl)).toEqual({ body: expect.stringMatching(/^shop-[12]$/) });
  });

  test.each(["CONSOLE_PORT", "SHOP_PORT", "SANDBOX_PORT"])(
    "%s taken by another program is refused in one line that names it",
    async (setting) => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
      onTestFinished(() => void other.close());
      const address = other.address();
      const port = typeof address === "object" && address ? address.port : 0;
      const dataDir = await makeDataDir();
      const refused = launch({ DATA_DIR: dataDir, [setting]: String(port) });
      expect(await refused.exited).toBe(1);
      await eventually("its line", () => refused.lines[0]);
      expect(refused.lines).toEqual([`${setting}: port ${port} on 127.0.0.1 is taken by another program`]);
      expect(await readdir(dataDir)).toEqual([]);
    },
  );
});

describe("O8: a drill's fault in a process", () => {
  const secretKey = "a key of a test, long enough to be one";
  const keys = createKeys(secretKey);
  const leaseOf = (fault: DrillFault, forMs: number) =>
    signLease(keys, "supervisor", {
      ...{ id: randomUUID(), run: randomUUID(), fault },
      radius: { traffic: "synthetic", percent: 100, orders: 0, buyers: 0 },
      expiresAt: new Date(Date.now() + forMs).toISOString(),
    });

  test("a killed node's standby serves; one that is frozen goes on when nobody renews the lease", async () => {
    const product = await start({ DATA_DIR: await makeDataDir(), SECRET_KEY: secretKey });
    const active = await product.nodeIn("active");
    const standby = await product.nodeIn("standby");
    const kill = leaseOf({ kind: "kill", node: active.name }, 5_000);
    const forged = {
      ...kill,
      lease: { ...kill.lease, fault: { kind: "kill", node: standby.name } as const },
    };
    expect(await product.fault({ what: "grant", signed: forged })).toHaveProperty("refusal");
    expect(await product.fault({ what: "grant", signed: kill })).toMatchObject({ state: "active" });
    await eventually("the standby to serve", async () => {
      const answer = await ask(product.shopUrl);
      return "body" in answer && answer.body === standby.name ? true : undefined;
    });
    expect(await product.fault({ what: "revert", lease: kill.lease.id })).toMatchObject({
      ...{ state: "reverted", touched: { passes: 1 } },
    });

    // Shorter than the supervisor's own patience, so that the very same process goes on.
    const freeze = leaseOf({ kind: "freeze", node: standby.name }, 400);
    expect(await product.fault({ what: "grant", signed: freeze })).toMatchObject({ state: "active" });
    await eventually("it goes on by itself", async () => {
      const report = await product.fault({ what: "report", lease: freeze.lease.id });
      return JSON.stringify(report).includes("expired") ? true : undefined;
    });
    await eventually("the same process to serve", async () => {
      const answer = await ask(product.shopUrl);
      return "body" in answer && answer.body === standby.name ? true : undefined;
    });
    expect((await product.nodes()).find(({ name }) => name === standby.name)?.pid).toBe(standby.pid);
    const nobody = leaseOf({ kind: "kill", node: "shop-9" }, 5_000);
    expect(await product.fault({ what: "grant", signed: nobody })).toMatchObject({ state: "failed" });
  });
});
