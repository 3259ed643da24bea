import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface TestRedis {
  url: string;
  close(): Promise<void>;
}

/** A Redis of its own that keeps nothing. `port` puts a new one where another was. */
export async function startRedis(program: string, port?: number): Promise<TestRedis> {
  const given = port ?? 20_000 + Math.floor(Math.random() * 12_000);
  const child = spawn(program, ["--port", String(given), "--bind", "127.0.0.1", "--save", ""], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = once(child, "exit");
  const ready = new Promise<void>((resolve) =>
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.includes("Ready to accept connections")) resolve();
    }),
  );
  const failed = exited.then(() => {
    throw new Error(`redis-server did not start on port ${given}`);
  });
  await Promise.race([ready, failed]);
  failed.catch(() => undefined);
  return {
    url: `redis://127.0.0.1:${given}`,
    async close() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
