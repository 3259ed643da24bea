import { type ChildProcess, execFile, spawn } from "node:child_process";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Logger } from "../log.ts";
import type { Binaries } from "./binaries.ts";
import { cleanEnvironment, runAs } from "./cluster.ts";
import type { Home } from "./home.ts";

/** A running server. `exited` settles when it is gone, whoever ended it. */
export type Postmaster = { pid: number; exited: Promise<void>; stop(): Promise<void> };

const POLL_MS = 10;
/** Recovery after a crash replays at most `max_wal_size`, which can take this long on a slow disk. */
const READY_WITHIN_MS = 120_000;

/** Fast shutdown first; immediate shutdown loses nothing, it only makes the next start replay the log. */
const stopSignals = [
  { signal: "SIGINT", withinMs: 5_000 },
  { signal: "SIGQUIT", withinMs: 2_000 },
  { signal: "SIGKILL", withinMs: 2_000 },
] as const;

type PidFile = { pid: number; status: string };

/** Parses `postmaster.pid`: line 1 is the pid, line 8 the state (`starting`, `ready`, …). */
export function parsePidFile(text: string): PidFile | null {
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, status: lines[7]?.trim() ?? "" } : null;
}

async function readPidFile(data: string): Promise<PidFile | null> {
  try {
    return parsePidFile(await readFile(join(data, "postmaster.pid"), "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** The arguments of a running process; empty for a zombie or a pid that nobody has. */
async function commandOf(pid: number): Promise<string[]> {
  if (process.platform === "linux") {
    return readFile(`/proc/${pid}/cmdline`, "utf8").then(
      (text) => text.split("\0").filter(Boolean),
      () => [],
    );
  }
  return promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]).then(
    ({ stdout }) => stdout.trim().split(" "),
    () => [],
  );
}

async function isServing(pid: number, data: string): Promise<boolean> {
  return (await commandOf(pid)).includes(data);
}

/** Whether some process has this pid, whoever it belongs to. */
export function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function waitUntil(condition: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

async function end(pid: number, isGone: () => Promise<boolean>): Promise<void> {
  for (const { signal, withinMs } of stopSignals) {
    if (await isGone()) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (await isGone()) return;
      throw new Error(`cannot stop PostgreSQL (pid ${pid})`, { cause: error });
    }
    if (await waitUntil(isGone, withinMs)) return;
  }
  throw new Error(`PostgreSQL (pid ${pid}) does not stop`);
}

/**
 * Stops the server that a killed run left behind on this data directory, and clears a pid file whose number now
 * belongs to another process (PostgreSQL itself would refuse to start because of it).
 */
export async function clearLeftBehind(data: string, logger: Logger): Promise<void> {
  const found = await readPidFile(data);
  if (!found) return;
  if (await isServing(found.pid, data)) {
    logger.warn({ pid: found.pid }, "stopping the PostgreSQL that an earlier run left behind");
    await end(found.pid, async () => !(await isServing(found.pid, data)));
  } else if (isTaken(found.pid)) {
    await rm(join(data, "postmaster.pid"), { force: true });
  }
}

function watchExit(child: ChildProcess): { exited: Promise<void>; hasExited: () => boolean } {
  let gone = false;
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => {
      gone = true;
      resolve();
    });
  });
  return { exited, hasExited: () => gone };
}

/**
 * Starts the server in a session of its own (a terminal's Ctrl-C must not reach it before the nodes have
 * drained) and waits until it accepts connections. Throws with the end of its log when it refuses to start, and the
 * signal's reason when given up; it is gone then.
 */
export async function startPostmaster(
  home: Home,
  binaries: Binaries,
  port: number,
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Postmaster> {
  const logPath = join(home.dir, "start.log");
  const log = await open(logPath, "w", 0o600);
  const args = ["-D", home.data, "-p", String(port)];
  for (const [name, value] of Object.entries(settings)) args.push("-c", `${name}=${value}`);
  const child = spawn(binaries.postgres, args, {
    cwd: home.dir,
    // Symbols are looked up once, rather than by the process of every connection as it comes and goes (ld.so(8)).
    env: { ...cleanEnvironment, LD_BIND_NOW: "1" },
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
    ...runAs(home.account),
  });
  const { exited, hasExited } = watchExit(child);
  const pid = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => resolve(child.pid ?? 0));
  }).finally(() => log.close());
  const isDecided = async () => {
    const file = await readPidFile(home.data);
    return signal.aborted || hasExited() || (file?.pid === pid && file.status === "ready");
  };
  const decided = await waitUntil(isDecided, READY_WITHIN_MS);
  const stop = () => end(pid, async () => hasExited());
  if (decided && !signal.aborted && !hasExited()) return { pid, exited, stop };
  await stop();
  signal.throwIfAborted();
  const lines = (await readFile(logPath, "utf8")).trim().split("\n").slice(-5).join(" | ");
  throw new Error(`PostgreSQL did not start: ${lines || "no output"}`);
}
