import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Fault } from "../test/faults.ts";
import { freePorts } from "../test/free-ports.ts";
import { eventually } from "../test/poll.ts";

const program = join(import.meta.dirname, "../src/main.ts");

/** A shop node on a machine of its own, which nobody starts again: its death is a fault that lasts until it is healed. */
export async function startOtherNode(
  env: Record<string, string>,
): Promise<{ port: number; fault: Fault; stop(): Promise<void> }> {
  const [port = 0] = await freePorts(1);
  const name = "other-1";
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawn(process.execPath, [program], {
      stdio: ["ignore", 2, 2],
      env: {
        ...{ PATH: process.env.PATH, HOME: process.env.HOME, SIMULATE: "0", ...env },
        ...{ ROLE: "shop", NODE_NAME: name, SHOP_PORT: String(port) },
      },
    });
    await eventually(
      "the other node is ready",
      async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok,
      60_000,
    );
  };
  const kill = async (): Promise<number> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return Date.now();
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    const at = Date.now();
    await exited;
    return at;
  };
  await start();
  return {
    port,
    fault: { ...{ rule: "node-dead", level: 2, labels: { node: name } }, strike: kill, heal: start },
    stop: async () => void (await kill()),
  };
}
