import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { eventually } from "./poll.ts";

const program = join(import.meta.dirname, "../src/main.ts");

/** A role that runs alone, as a process of its own; killed when the test ends. */
export interface Role {
  pid: number;
  /** What it has printed so far. */
  lines: readonly string[];
  kill(): Promise<void>;
}

/** Starts a role and waits until it is ready to serve on its port. */
export async function startRole(port: number, env: Record<string, string>): Promise<Role> {
  const child = spawn(process.execPath, [program], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: "warn", SIMULATE: "0", ...env },
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => lines.push(line));
  const exited = once(child, "exit");
  const kill = async () => {
    child.kill("SIGKILL");
    await exited;
  };
  onTestFinished(kill);
  await eventually(
    `${env.ROLE} ${env.PARTS ?? ""} is ready; it says ${lines.join("\n")}`,
    async () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${lines.join("\n")}`);
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      return answer?.ok;
    },
    60_000,
  );
  return { pid: child.pid ?? 0, lines, kill };
}
