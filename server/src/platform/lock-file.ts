import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { identify, isRunning, type ProcessIdentity, processIdentity } from "./process-identity.ts";

const CLAIM_POLL_MS = 5;

const lockContent = z.object({ holder: processIdentity, dependants: z.array(processIdentity) });
type LockContent = z.output<typeof lockContent>;

/** The lock belongs to a process that still runs. */
export class LockHeldError extends Error {
  override name = "LockHeldError";
  readonly holder: ProcessIdentity;
  constructor(path: string, holder: ProcessIdentity) {
    super(`${path} is held by process ${holder.pid}`);
    this.holder = holder;
  }
}

export type LockFile = {
  /** Processes that the last holder was killed away from and that still run; empty after a clean end. */
  orphans: readonly ProcessIdentity[];
  /** Writes down which processes must be gone before another holder may begin. */
  setDependants(dependants: readonly ProcessIdentity[]): Promise<void>;
  release(): Promise<void>;
};

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** `null`: no file. A file that cannot be parsed was cut by a crash of the machine and holds nobody. */
async function read(path: string): Promise<{ text: string; content: LockContent | null } | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
  try {
    return { text, content: lockContent.parse(JSON.parse(text)) };
  } catch {
    return { text, content: null };
  }
}

async function linkNew(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

/**
 * Puts `draft` in the place of the stale lock that was read. Of several that try, the one with the claim succeeds;
 * it looks again first, since the lock may have been taken over before it got the claim.
 */
async function replaceStale(path: string, draft: string, staleText: string): Promise<boolean> {
  const claim = `${path}.takeover`;
  if (!(await linkNew(draft, claim))) {
    const claimant = await read(claim);
    const isDead = claimant && !(claimant.content && (await isRunning(claimant.content.holder)));
    if (isDead) await rm(claim, { force: true });
    else await delay(CLAIM_POLL_MS);
    return false;
  }
  try {
    if ((await read(path))?.text !== staleText) return false;
    await rename(draft, path);
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

/**
 * Takes the lock at `path`, also from a holder that no longer runs (pid and start time are compared, since pids
 * come back). Throws `LockHeldError` when its holder runs.
 */
export async function takeLock(path: string): Promise<LockFile> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  const holder = await identify(process.pid);
  const write = (target: string, dependants: readonly ProcessIdentity[]) =>
    writeFile(target, JSON.stringify({ holder, dependants }), { mode: 0o600, flush: true });

  let orphans: ProcessIdentity[] = [];
  await write(draft, []);
  try {
    while (!(await linkNew(draft, path))) {
      const found = await read(path);
      if (!found) continue;
      if (found.content && (await isRunning(found.content.holder))) {
        throw new LockHeldError(path, found.content.holder);
      }
      if (await replaceStale(path, draft, found.text)) {
        orphans = found.content?.dependants ?? [];
        break;
      }
    }
  } finally {
    await rm(draft, { force: true });
  }
  const running = await Promise.all(orphans.map(isRunning));
  let writing = Promise.resolve();
  let isReleased = false;
  return {
    orphans: orphans.filter((_, index) => running[index]),
    setDependants: (dependants) => {
      const next = async () => {
        // A late word must not bring a released lock back.
        if (isReleased) return;
        await write(draft, dependants);
        await rename(draft, path);
      };
      writing = writing.then(next, next);
      return writing;
    },
    release: async () => {
      isReleased = true;
      await Promise.allSettled([writing]);
      await rm(path, { force: true });
    },
  };
}
