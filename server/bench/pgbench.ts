import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const script = fileURLToPath(new URL("place-one.sql", import.meta.url));

/**
 * The reference: PostgreSQL's own load generator, 16 prepared clients, running the shop's statement for one order each
 * on the same tables. Answers orders a second; throws when a transaction failed or pgbench is not installed.
 */
export async function runPgbench(databaseUrl: string, seconds: number): Promise<number> {
  const url = new URL(databaseUrl);
  const { stdout } = await promisify(execFile)(
    "pgbench",
    [
      "-n",
      "-M",
      "prepared",
      "-c",
      "16",
      "-j",
      "2",
      "-T",
      String(seconds),
      "-f",
      script,
      url.pathname.slice(1),
    ],
    {
      env: {
        ...process.env,
        PGHOST: url.hostname,
        PGPORT: url.port,
        PGUSER: decodeURIComponent(url.username),
        PGPASSWORD: decodeURIComponent(url.password),
      },
    },
  );
  const failed = Number(/failed transactions: (\d+)/.exec(stdout)?.[1]);
  const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  if (failed !== 0 || !(perSecond > 0)) throw new Error(`pgbench did not run clean:\n${stdout}`);
  return perSecond;
}
