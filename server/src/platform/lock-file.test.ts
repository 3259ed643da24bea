import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { LockHeldError, takeLock } from "./lock-file.ts";
import { identify, isRunning } from "./process-identity.ts";

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "orderwatch-lock-"));
  path = join(directory, "data", "supervisor.lock");
  return () => rm(directory, { recursive: true, force: true });
});

async function runSleeper() {
  const sleeper = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000); process.stdout.write('up')"]);
  await once(sleeper.stdout, "data");
  const exited = once(sleeper, "exit");
  const end = async () => {
    sleeper.kill("SIGKILL");
    await exited;
  };
  onTestFinished(end);
  return { pid: sleeper.pid ?? 0, end };
}

test("a lock whose holder runs is refused, and free again when released", async () => {
  const lock = await takeLock(path);
  await expect(takeLock(path)).rejects.toBeInstanceOf(LockHeldError);
  await lock.release();
  await (await takeLock(path)).release();
  expect(await readdir(join(directory, "data"))).toEqual([]);
});

test("the lock of a killed holder is taken over, with its children that still run as orphans", async () => {
  const [holder, child, gone] = await Promise.all([runSleeper(), runSleeper(), runSleeper()]);
  const dependants = await Promise.all([child, gone].map(({ pid }) => identify(pid)));
  await (await takeLock(path)).release();
  await writeFile(path, JSON.stringify({ holder: await identify(holder.pid), dependants }));
  await expect(takeLock(path)).rejects.toThrow(`held by process ${holder.pid}`);
  await Promise.all([holder.end(), gone.end()]);
  const lock = await takeLock(path);
  expect(lock.orphans).toEqual([await identify(child.pid)]);
  await lock.release();
});

test("a lock whose pid now belongs to another process is stale", async () => {
  await (await takeLock(path)).release();
  const holder = { ...(await identify(process.pid)), startTime: "1" };
  await writeFile(path, JSON.stringify({ holder, dependants: [] }));
  await (await takeLock(path)).release();
});

test("a lock file cut by a crash of the machine holds nobody", async () => {
  await (await takeLock(path)).release();
  await writeFile(path, '{"holder":');
  await (await takeLock(path)).release();
});

test("of many that take over a stale lock at once, one gets it", async () => {
  await (await takeLock(path)).release();
  const program = `
    const { takeLock } = await import(${JSON.stringify(new URL("./lock-file.ts", import.meta.url).href)});
    process.stdin.once("data", () => takeLock(process.argv[1]).then(
      () => process.stdout.write("taken\\n"), () => process.stdout.write("refused\\n")));
    process.stdout.write("up\\n");`;
  const racers = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", program, path], {
      stdio: ["pipe", "pipe", "inherit"],
    }),
  );
  const ends = racers.map((racer) => once(racer, "exit"));
  onTestFinished(async () => {
    for (const racer of racers) racer.kill("SIGKILL");
    await Promise.all(ends);
  });
  await Promise.all(racers.map((racer) => once(racer.stdout, "data")));
  await writeFile(path, JSON.stringify({ holder: { pid: 2 ** 22 + 1, startTime: "1" }, dependants: [] }));
  const answers = racers.map(async (racer) => String((await once(racer.stdout, "data"))[0]).trim());
  for (const racer of racers) racer.stdin.write("go\n");
  expect((await Promise.all(answers)).filter((answer) => answer === "taken")).toHaveLength(1);
});

test("children noted after the release do not bring the lock back", async () => {
  const lock = await takeLock(path);
  const noted = lock.setDependants([await identify(process.pid)]);
  await lock.release();
  await noted;
  await lock.setDependants([]);
  await expect(readFile(path)).rejects.toThrow("ENOENT");
});

test("a process that ended is told apart from one that runs", async () => {
  const sleeper = await runSleeper();
  const identity = await identify(sleeper.pid);
  expect(await isRunning(identity)).toBe(true);
  await sleeper.end();
  expect(await isRunning(identity)).toBe(false);
});
