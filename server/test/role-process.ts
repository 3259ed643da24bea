import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { eventually } from "./poll.ts";

const program = join(import.meta.dirname, "../src/main.ts");

/** A role that runs alone, as a process of its own. */
export interface RoleProcess {
  pid: number;
  /** What it has printed so far. */
  lines: readonly string[];
  /** Resolves when it has ended, however. */
  exited: Promise<void>;
  /** Resolves when it serves on its port; throws when it ended before. */
  ready(port: number): Promise<void>;
  kill(): Promise<void>;
}

/** Starts a role; whoever does must end it. */
export function spawnRole(env: Record<string, string>): RoleProcess {
  const child = spawn(process.execPath, [program], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: "warn", SIMULATE: "0", ...env },
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => lines.push(line));
  const exited = once(child, "exit").then(() => undefined);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    ...{ pid: child.pid ?? 0, lines, exited },
    async ready(port) {
      await eventually(
        `${env.ROLE} ${env.PARTS ?? ""} is ready; it says ${lines.join("\n")}`,
        async () => {
          if (hasEnded()) throw new Error(`it ended with ${child.exitCode}:\n${lines.join("\n")}`);
          const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
          return answer?.ok;
        },
        60_000,
      );
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
