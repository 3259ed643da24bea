import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import root from "../../package.json" with { type: "json" };
import { freePorts } from "./free-ports.ts";
import { childrenOf } from "./processes.ts";

const program = join(import.meta.dirname, "../src/main.ts");
/** What `npm start` tells Node: a heap that is let grow makes a process take longer to be cleared away when it dies. */
const nodeFlags = /exec node (.*) server\/src\/main\.ts/.exec(root.scripts.start)?.[1]?.split(" ");
export const admin = { email: "admin@orderwatch.local", password: "the first admin's password" };

/** The whole product as `npm start` runs it, on free ports and a data folder of its own. */
export interface Product {
  pid: number;
  consoleUrl: string;
  shopUrl: string;
  sandboxUrl: string;
  admin: typeof admin;
  dataDir: string;
  /** What it has printed so far. */
  lines: readonly string[];
  /** A staff session, the first admin's unless told otherwise: calls the console as a signed-in browser would. */
  signIn(as?: { email: string; password: string }): Promise<Staff>;
  /** The pid of a child by its node's name (Linux only); undefined while none runs. */
  child(name: string): Promise<number | undefined>;
  stop(): Promise<void>;
}

export interface Staff {
  cookie: string;
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
}

/** Starts it and waits for its ready line. `env` goes over the defaults; no simulated shoppers unless asked for. */
export async function startProduct(env: Record<string, string> = {}): Promise<Product> {
  if (!nodeFlags) throw new Error("the start script does not say how it calls Node");
  const dataDir = env.DATA_DIR ?? (await mkdtemp(join(tmpdir(), "orderwatch-product-")));
  const [consolePort, shopPort, sandboxPort] = await freePorts(3);
  const child = spawn(process.execPath, [...nodeFlags, program], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      CONSOLE_PORT: String(consolePort),
      SHOP_PORT: String(shopPort),
      SANDBOX_PORT: String(sandboxPort),
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      SIMULATE: "0",
      LOG_LEVEL: "warn",
      ...env,
      DATA_DIR: dataDir,
    },
  });
  const lines: string[] = [];
  const exited = once(child, "exit");
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (line.startsWith("orderwatch ready")) resolve();
      });
  });
  const ended = exited.then(([code]) => {
    throw new Error(`the product ended with ${code} before it was ready:\n${lines.join("\n")}`);
  });
  await Promise.race([ready, ended]);
  const consoleUrl = `http://localhost:${consolePort}`;
  return {
    pid: child.pid ?? 0,
    consoleUrl,
    shopUrl: `http://localhost:${shopPort}`,
    sandboxUrl: `http://127.0.0.1:${sandboxPort}`,
    admin,
    dataDir,
    lines,
    signIn: (as = admin) => signIn(consoleUrl, as),
    child: async (name) => (await childrenOf(child.pid ?? 0)).find((each) => each.name === name)?.pid,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await exited;
      if (env.DATA_DIR === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

export async function signIn(consoleUrl: string, as: { email: string; password: string }): Promise<Staff> {
  const headers = { "content-type": "application/json", origin: consoleUrl };
  const answer = await fetch(`${consoleUrl}/api/auth/sign-in/email`, {
    method: "POST",
    headers,
    body: JSON.stringify({ email: as.email, password: as.password }),
  });
  if (!answer.ok) throw new Error(`sign-in answered ${answer.status}: ${await answer.text()}`);
  const cookie = answer.headers
    .getSetCookie()
    .map((each) => each.split(";", 1)[0])
    .join("; ");
  return {
    cookie,
    call: (method, path, body) =>
      callJson(`${consoleUrl}${path}`, {
        method,
        headers: { ...headers, cookie },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

/** A refused call carries its answer, for tests that expect it. */
export class Refused extends Error {
  readonly status: number;
  readonly problem: { code: string; remedies?: { kind: string }[] };
  constructor(status: number, problem: Refused["problem"]) {
    super(`${status} ${JSON.stringify(problem)}`);
    this.status = status;
    this.problem = problem;
  }
}

export async function callJson<T>(url: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  if (!answer.ok) throw new Refused(answer.status, JSON.parse(text) as Refused["problem"]);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}
