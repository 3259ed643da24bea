import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { isUnavailable } from "../../src/platform/db.ts";
import { freePorts } from "../free-ports.ts";
import { optionalBinary } from "../optional.ts";
import { openFaults, type PlantedFaults, strike } from "../planted-faults.ts";
import { eventually } from "../poll.ts";
import { childrenOf } from "../processes.ts";
import { type Product, startProduct } from "../product.ts";
import type { Target } from "./plan.ts";

/** The whole product with real processes that can be killed, and a way to its rows that survives their deaths. */
export interface World {
  product: Product;
  sql: pg.Pool;
  /** Kills a process of this kind; waits for one to be there. Answers its pid. */
  kill(target: Target): Promise<number>;
  /** The product's processes that run now, by their nodes' names. */
  children(): Promise<{ name: string; pid: number }[]>;
  faults: PlantedFaults;
  close(): Promise<void>;
}

const goneWithinMs = 60_000;

/** What `work` gives; undefined when PostgreSQL is away, as it is whenever it was killed. Other errors stay errors. */
export async function unlessAway<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isUnavailable(error)) return undefined;
    throw error;
  }
}

export async function openWorld(options: {
  redis: boolean;
  random: () => number;
  env?: Record<string, string>;
}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "orderwatch-crash-"));
  // The account that PostgreSQL runs under has to get to what lies inside.
  chmodSync(folder, 0o711);
  const faults = openFaults(join(folder, "faults"));
  const redis = options.redis ? await startRedis(options.random) : undefined;
  const dataDir = join(folder, "data");
  const product = await startProduct({
    DATA_DIR: dataDir,
    FAULTS_DIR: faults.folder,
    LOG_LEVEL: "warn",
    SHOP_NODES: "3",
    ...(redis ? { REDIS_URL: redis.url } : {}),
    ...options.env,
  });
  const sql = new pg.Pool({ connectionString: await databaseUrl(product), max: 4 });
  // PostgreSQL is killed on purpose, and each query is tried again.
  sql.on("error", () => undefined);
  const staff = await product.signIn();

  const children = () => childrenOf(product.pid);
  const pidOf = async (target: Exclude<Target, "redis">): Promise<number | undefined> => {
    if (target === "postgres") return postmasterOf(dataDir);
    if (target === "console" || target === "sandbox") return product.child(`${target}-1`);
    if (target === "active") {
      const list = staff.call<{ items: { pid: number; state: string }[] }>("GET", "/api/nodes");
      const { items } = await list.catch(() => ({ items: [] }));
      const active = items.find((node) => node.state === "active");
      if (active) return active.pid;
    }
    const shops = (await children()).filter(({ name }) => name.startsWith("shop-"));
    return shops[Math.floor(options.random() * shops.length)]?.pid;
  };

  return {
    product,
    sql,
    children,
    async kill(target) {
      if (target === "redis") return redis?.kill() ?? 0;
      return eventually(
        `a ${target} to kill`,
        async () => {
          const pid = await pidOf(target);
          return pid !== undefined && strike(pid) ? pid : undefined;
        },
        goneWithinMs,
      );
    },
    faults,
    async close() {
      await product.stop();
      await sql.end();
      await redis?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As the supervisor's children know it, since an embedded server's password is nobody else's business. */
async function databaseUrl(product: Product): Promise<string> {
  return eventually("a child that knows the database", async () => {
    const pid = await product.child("shop-1");
    const environ = pid === undefined ? "" : await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    return environ
      .split("\0")
      .find((entry) => entry.startsWith("DATABASE_URL="))
      ?.slice("DATABASE_URL=".length);
  });
}

async function postmasterOf(dataDir: string): Promise<number | undefined> {
  const file = await readFile(join(dataDir, "postgres", "data", "postmaster.pid"), "utf8").catch(() => "");
  const [pid = "", , , , , , , status = ""] = file.split("\n");
  return status.trim() === "ready" && Number(pid) > 0 ? Number(pid) : undefined;
}

interface Redis {
  url: string;
  /** Kills it; it is back, empty, a moment later. */
  kill(): number;
  close(): Promise<void>;
}

/** A Redis that keeps nothing: whatever is killed with it is lost. */
async function startRedis(random: () => number): Promise<Redis> {
  const program = optionalBinary("redis-server");
  if (!program) throw new Error("redis-server is not installed");
  const [port = 0] = await freePorts(1);
  let closed = false;
  let child: ChildProcess | undefined;
  let restart: NodeJS.Timeout | undefined;
  const start = () => {
    child = spawn(
      program,
      ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
      {
        stdio: "ignore",
        cwd: tmpdir(),
      },
    );
    child.once("exit", () => {
      if (!closed) restart = setTimeout(start, 100 + random() * 1_500);
    });
  };
  start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill() {
      child?.kill("SIGKILL");
      return child?.pid ?? 0;
    },
    async close() {
      closed = true;
      clearTimeout(restart);
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}
