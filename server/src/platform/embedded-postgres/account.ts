import { readFile, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** The system account that PostgreSQL runs as; `null` means the account of this process. */
export type Account = { name: string; uid: number; gid: number };

/**
 * PostgreSQL refuses to run as root, so root hands it to a system account: the owner of an existing cluster,
 * else the first of these that the machine has.
 */
const candidates = ["orderwatch", "postgres", "nobody"];

/** Reads accounts from the text of `/etc/passwd`; malformed lines are left out. */
export function parseAccounts(passwd: string): Account[] {
  return passwd.split("\n").flatMap((line) => {
    const [name, , uid, gid] = line.split(":");
    if (!name || !uid || !gid || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

/** Picks the account for a server started by root. Throws when the machine has no suitable one. */
export function pickAccount(accounts: readonly Account[], clusterOwnerUid: number | null): Account {
  const usable = accounts.filter((account) => account.uid !== 0);
  const picked =
    clusterOwnerUid === null
      ? candidates.map((name) => usable.find((account) => account.name === name)).find(Boolean)
      : usable.find((account) => account.uid === clusterOwnerUid);
  if (picked) return picked;
  throw new Error(
    clusterOwnerUid === null
      ? `PostgreSQL does not run as root and needs one of the system accounts ${candidates.join(", ")}; create one, start as an ordinary user, or set DATABASE_URL`
      : `the database in DATA_DIR belongs to uid ${clusterOwnerUid}, which has no account on this machine`,
  );
}

/**
 * The account to run PostgreSQL as: `null` (our own) for an ordinary user, a system account for root.
 * `clusterOwnerUid` is the owner of an already initialised cluster. Throws when that cluster is out of our reach.
 */
export async function resolveAccount(clusterOwnerUid: number | null): Promise<Account | null> {
  const ownUid = process.getuid?.();
  if (ownUid === 0) return pickAccount(parseAccounts(await readFile("/etc/passwd", "utf8")), clusterOwnerUid);
  if (clusterOwnerUid !== null && ownUid !== undefined && clusterOwnerUid !== ownUid) {
    throw new Error(
      `the database in DATA_DIR belongs to uid ${clusterOwnerUid}; start as that user or as root, or choose another DATA_DIR`,
    );
  }
  return null;
}

function isSearchable(entry: { mode: number; uid: number; gid: number }, account: Account): boolean {
  if (entry.uid === account.uid) return (entry.mode & 0o100) !== 0;
  if (entry.gid === account.gid) return (entry.mode & 0o010) !== 0;
  return (entry.mode & 0o001) !== 0;
}

/** The first path on the way from `/` to `path` (itself included) that the account cannot search or execute. */
export async function findObstacle(path: string, account: Account): Promise<string | null> {
  const chain: string[] = [];
  for (let step = await realpath(path); ; step = dirname(step)) {
    chain.unshift(step);
    if (step === dirname(step)) break;
  }
  for (const step of chain) {
    if (!isSearchable(await stat(step), account)) return step;
  }
  return null;
}
