import { randomBytes, randomUUID } from "node:crypto";
import { chmod, chown, mkdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Account, findObstacle, resolveAccount } from "./account.ts";

/** Where a cluster lives and who runs it. `dir` belongs to the account and holds `data`, logs and maybe programs. */
export type Home = { dir: string; data: string; account: Account | null; password: string };

/** Only for root, when the way to DATA_DIR is closed to the system account (`/root` usually is). */
const OUTSIDE = "/var/lib/orderwatch";

async function readIfPresent(path: string): Promise<string | null> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

async function ownerOf(path: string): Promise<number | null> {
  return stat(path).then(
    (found) => found.uid,
    () => null,
  );
}

/** Reads the password, or makes it once. It is written before the cluster exists, so that no cluster lacks one. */
async function providePassword(path: string): Promise<string> {
  const known = await readIfPresent(path);
  if (known) return known;
  const password = randomBytes(24).toString("base64url");
  await writeFile(path, `${password}\n`, { mode: 0o600 });
  return password;
}

async function chooseDirectory(dataDir: string, account: Account | null): Promise<string> {
  const inside = join(dataDir, "postgres");
  if (account === null) return inside;
  // The account must pass through DATA_DIR; what lies in it stays closed to it by its own modes.
  const obstacle = await findObstacle(dataDir, account);
  if (obstacle === null) return inside;
  if (obstacle === dataDir) {
    await chmod(dataDir, ((await stat(dataDir)).mode & 0o7777) | 0o011);
    if ((await findObstacle(dataDir, account)) === null) return inside;
  }
  const outside = join(OUTSIDE, randomUUID());
  await mkdir(OUTSIDE, { recursive: true });
  await chmod(OUTSIDE, 0o711);
  await writeFile(join(dataDir, "postgres.location"), `${outside}\n`, { mode: 0o600 });
  return outside;
}

/**
 * Finds or makes the home of DATA_DIR's cluster. It is `DATA_DIR/postgres`, except when root starts it and no
 * system account can get there: then it lies under `/var/lib/orderwatch`, and `DATA_DIR/postgres.location` names it.
 */
export async function openHome(dataDir: string): Promise<Home> {
  await mkdir(dataDir, { recursive: true });
  const base = await realpath(dataDir);
  const located = await readIfPresent(join(base, "postgres.location"));
  const known = located ?? join(base, "postgres");
  const account = await resolveAccount(await ownerOf(join(known, "data")));
  const dir = located ?? (await chooseDirectory(base, account));
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if (account) await chown(dir, account.uid, account.gid);
  const password = await providePassword(join(base, "postgres.password"));
  return { dir, data: join(dir, "data"), account, password };
}
