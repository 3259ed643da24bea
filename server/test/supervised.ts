import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { identify, isRunning, type ProcessIdentity } from "../src/platform/process-identity.ts";
import { type FaultAsk, type NodeReport, nodeReport } from "../src/platform/supervision-messages.ts";
import { childrenOf } from "./processes.ts";

const program = join(import.meta.dirname, "supervised-role.ts");

export type Supervised = {
  pid: number;
  /** Lines of both outputs so far. */
  lines: readonly string[];
  consoleUrl: string;
  shopUrl: string;
  nodes(): Promise<NodeReport[]>;
  /** The node in this state; waits until there is one. */
  nodeIn(state: NodeReport["state"]): Promise<NodeReport & { pid: number }>;
  order(command: string, node: string): Promise<string>;
  /** What the supervisor answers about a drill's fault. */
  fault(ask: FaultAsk): Promise<unknown>;
  /** Every process of this product that still runs. */
  survivors(): Promise<ProcessIdentity[]>;
  /** A signal for the supervisor's whole group, as Ctrl-C sends it. */
  interrupt(): void;
  exited: Promise<number | null>;
};

/** Waits until `look` finds something; throws after a minute. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** One request on a connection of its own; the error's code when it fails. */
export function ask(url: string): Promise<{ body: string } | { failed: string }> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false, headers: { connection: "close" } }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ body }));
      response.on("error", (error: NodeJS.ErrnoException) => resolve({ failed: String(error.code) }));
    });
    request.on("error", (error: NodeJS.ErrnoException) => resolve({ failed: String(error.code) }));
  });
}

/** A connection that got one answer and has sent half of its next request; it is served once that is finished. */
export async function halfAsk(url: string): Promise<{ served: string; finish(): Promise<string> }> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  onTestFinished(() => void socket.destroy());
  const head = "GET / HTTP/1.1\r\n";
  const rest = "host: shop\r\n\r\n";
  const next = async () => String((await once(socket, "data"))[0]);
  socket.write(head + rest);
  const served = await next();
  socket.write(head);
  return {
    served,
    finish: () => {
      socket.write(rest);
      return next();
    },
  };
}

async function text(url: string): Promise<string> {
  const answer = await ask(url);
  if ("failed" in answer) throw new Error(`${url}: ${answer.failed}`);
  return answer.body;
}

export async function makeDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "orderwatch-supervised-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  return dataDir;
}

/** Starts the small product in a session of its own; nothing of it outlives the test. */
export function launch(environment: Record<string, string>) {
  const child = spawn(process.execPath, [program], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      CONSOLE_PORT: "0",
      SHOP_PORT: "0",
      SANDBOX_PORT: "0",
      LOG_LEVEL: "warn",
      // Never connected to by the roles of this product, and with it set no PostgreSQL is started.
      DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing",
      ...environment,
    },
  });
  const pid = child.pid ?? 0;
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  const signal = (name: NodeJS.Signals, to = -pid) => {
    try {
      process.kill(to, name);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  };
  const exited = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  onTestFinished(async () => {
    const apart = await childrenOf(pid);
    signal("SIGKILL");
    for (const child of apart) signal("SIGKILL", child.pid);
    await exited;
  });
  return { pid, lines, exited, interrupt: () => signal("SIGINT") };
}

/** Starts the small product and waits for its ready line. */
export async function start(environment: Record<string, string>): Promise<Supervised> {
  const launched = launch(environment);
  let ended = false;
  void launched.exited.then(() => {
    ended = true;
  });
  const ready = await eventually("the ready line", () => {
    if (ended) throw new Error(`ended before it was ready: ${launched.lines.join(" | ")}`);
    const line = launched.lines.find((each) => each.startsWith("orderwatch ready"));
    return line?.match(/^orderwatch ready {2}console (http:\S+) {2}shop (http:\S+)$/) ?? undefined;
  });
  const [, consoleUrl = "", shopUrl = ""] = ready;
  const nodes = async () => nodeReport.array().parse(JSON.parse(await text(`${consoleUrl}/nodes`)));
  const known = await Promise.all([
    identify(launched.pid),
    ...(await nodes()).map((node) => identify(node.pid ?? 0)),
  ]);
  return {
    ...launched,
    consoleUrl,
    shopUrl,
    nodes,
    nodeIn: (state) =>
      eventually(`a shop node that is ${state}`, async () => {
        const node = (await nodes()).find((each) => each.role === "shop" && each.state === state);
        return node && node.pid !== null ? { ...node, pid: node.pid } : undefined;
      }),
    order: (command, node) => text(`${consoleUrl}/order/${command}/${node}`),
    fault: async (about) =>
      JSON.parse(await text(`${consoleUrl}/fault/${encodeURIComponent(JSON.stringify(about))}`)),
    survivors: async () => {
      const running = await Promise.all(known.map(isRunning));
      return known.filter((_, index) => running[index]);
    },
  };
}

/** Buyers who keep coming until told to stop, some at a time, each on a new connection. */
export function sendBuyers(
  url: string,
  atATime: number,
): { stop(): Promise<{ served: string[]; failed: string[] }> } {
  const served: string[] = [];
  const failed: string[] = [];
  let isOver = false;
  const come = async () => {
    while (!isOver) {
      const answer = await ask(url);
      if ("failed" in answer) failed.push(answer.failed);
      else served.push(answer.body);
    }
  };
  const coming = Array.from({ length: atATime }, come);
  return {
    stop: async () => {
      isOver = true;
      await Promise.all(coming);
      return { served, failed };
    },
  };
}
