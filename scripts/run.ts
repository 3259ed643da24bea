import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";

/** The repository's top folder. */
export const root = join(import.meta.dirname, "..");

export interface RunResult {
  readonly exitCode: number;
  /** stdout and stderr in order of arrival; empty when the child wrote to our own terminal. */
  readonly output: string;
  readonly seconds: number;
}

export interface RunOptions {
  /** `inherit` lets a long run show its progress, `capture` keeps concurrent runs from mixing their lines. */
  readonly show: "inherit" | "capture";
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Where it runs; the top folder by default. Programs come from that folder's own packages. */
  readonly folder?: string;
}

/**
 * Runs a program of this project (from `node_modules/.bin`, or `node` itself) in its folder. Never throws
 * for the program's failure: a crash, a timeout or a missing program is an exit code other than 0.
 */
export const run = (command: readonly [string, ...string[]], options: RunOptions): Promise<RunResult> => {
  const [program, ...args] = command;
  const startedAt = performance.now();
  const folder = options.folder ?? root;
  // The shims in .bin start whatever `node` comes first on the PATH, which must be the one that runs us.
  const path = [dirname(process.execPath), join(folder, "node_modules/.bin"), process.env.PATH].join(
    delimiter,
  );
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, PATH: path },
    stdio: options.show === "inherit" ? "inherit" : ["ignore", "pipe", "pipe"],
    timeout: options.timeoutMs,
    signal: options.signal,
  });
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    const finish = (exitCode: number, note: string) => {
      const output = Buffer.concat(chunks).toString() + note;
      resolve({ exitCode, output, seconds: (performance.now() - startedAt) / 1000 });
    };
    child.once("error", (error) => finish(1, `${error.message}\n`));
    child.once("close", (code, signal) =>
      finish(
        code ?? 1,
        signal === null ? "" : `ended by ${signal} (time limit ${options.timeoutMs / 1000} s)\n`,
      ),
    );
  });
};

/** Runs `work` over `items`, at most `width` at a time; results come in the order of the items. */
export const inParallel = async <Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
};
