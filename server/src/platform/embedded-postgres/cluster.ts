import { spawn } from "node:child_process";
import { chown, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Account } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import type { Home } from "./home.ts";

/** The only role and database of an embedded cluster. */
export const CLUSTER_USER = "orderwatch";

/** PostgreSQL gets nothing of our environment, which holds SECRET_KEY and merchants' keys. */
export const cleanEnvironment = { PATH: "/usr/bin:/bin", LANG: "C", TZ: "UTC" };

/** Spawn options that make a program run as the account; groups are dropped with it. */
export function runAs(account: Account | null): { uid?: number; gid?: number } {
  return account ? { uid: account.uid, gid: account.gid } : {};
}

function run(program: string, args: readonly string[], home: Home): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: home.dir,
      env: cleanEnvironment,
      stdio: ["ignore", "ignore", "pipe"],
      ...runAs(home.account),
    });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`initdb failed (${signal ?? `exit ${code}`}): ${complaint.trim()}`));
    });
  });
}

/** Initialises the cluster when it is missing; an interrupted earlier try leaves nothing that counts. */
export async function ensureCluster(home: Home, binaries: Binaries, durable: boolean): Promise<void> {
  const present = await stat(home.data).then(
    () => true,
    () => false,
  );
  if (present) return;
  const unfinished = join(home.dir, "data.unfinished");
  const passwordFile = join(home.dir, "initdb.password");
  await rm(unfinished, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  try {
    await writeFile(passwordFile, `${home.password}\n`, { mode: 0o600 });
    if (home.account) await chown(passwordFile, home.account.uid, home.account.gid);
    await run(
      binaries.initdb,
      [
        `--pgdata=${unfinished}`,
        `--username=${CLUSTER_USER}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        // Each new segment of the log is filled with zeros while commits wait for it: 60 ms for the usual 16 MB.
        "--wal-segsize=4",
        ...(durable ? [] : ["--no-sync", "--no-data-checksums"]),
      ],
      home,
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(unfinished, home.data);
}
