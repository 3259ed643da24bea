import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { z } from "zod";

/** A process told apart from a later one with the same number. `startTime` is `null` where there is no /proc. */
export const processIdentity = z.object({ pid: z.int().positive(), startTime: z.string().nullable() });
export type ProcessIdentity = z.output<typeof processIdentity>;

type Stat = {
  state: string;
  /** Its main thread is being cleared away by the kernel, and runs nothing of its own any more. */
  isExiting: boolean;
  threads: number;
  startTime: string;
};

/** PF_EXITING of the kernel's task flags, which proc(5) shows. */
const exiting = 0x4;

/** Parses `/proc/<pid>/stat`: fields after the command name, which may itself hold spaces and brackets. */
export function parseStat(text: string): Stat | null {
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .trim()
    .split(" ");
  // proc(5) numbers the state 3, the flags 9, the threads 20 and the start time, in clock ticks since boot, 22.
  const state = fields[0];
  const startTime = fields[19];
  const isExiting = (Number(fields[6]) & exiting) !== 0;
  const threads = Number(fields[17]);
  return state && startTime ? { state, isExiting, threads, startTime } : null;
}

async function readStat(pid: number): Promise<Stat | null> {
  return readFile(`/proc/${pid}/stat`, "utf8").then(parseStat, () => null);
}

/** What the system says of a process now; undefined when it is gone, or where there is no /proc. */
export function lookAtProcess(pid: number): Pick<Stat, "state" | "isExiting"> | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Identifies a running process. */
export async function identify(pid: number): Promise<ProcessIdentity> {
  return { pid, startTime: (await readStat(pid))?.startTime ?? null };
}

/**
 * Whether nothing of it runs and nothing is open any more, reaped or not. A main thread may be a zombie while others still clear
 * the memory away, and only the last of them closes the sockets.
 */
export const isOver = ({ state, threads }: Stat): boolean => state === "Z" && threads <= 1;

/** Whether that very process still runs, or still holds what it had open. */
export async function isRunning(process_: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(process_.pid, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  const stat = await readStat(process_.pid);
  if (stat === null) return process.platform !== "linux";
  return !isOver(stat) && (process_.startTime === null || stat.startTime === process_.startTime);
}

/** Whether it was stopped by a signal, and so will not end by itself. Unknown, and `false`, without /proc. */
export async function isFrozen({ pid }: ProcessIdentity): Promise<boolean> {
  return (await readStat(pid))?.state === "T";
}
