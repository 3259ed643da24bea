/**
 * Proves that the tests of the invariants can fail: breaks one guarantee at a time in a copy of the project, runs the
 * test that has to notice, and says which did. A guarantee that is broken unnoticed is a failure.
 * `npm run prove -- S3 P` takes those whose number begins so.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allFailures, breakText, failuresOf, type Report, type Variant } from "./broken/variant.ts";
import { variants } from "./broken/variants.ts";
import { root, run } from "./run.ts";

const minutes = 60_000;
const print = (text: string) => process.stdout.write(`${text}\n`);
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    interrupted.abort();
    process.exitCode = 130;
  });
}

/** What would be committed now, with packages of its own, so that nothing is ever broken in place. */
async function copyProject(folder: string): Promise<void> {
  const options = { show: "capture", timeoutMs: 5 * minutes, signal: interrupted.signal } as const;
  const copy = 'git ls-files -co --exclude-standard -z | tar --null -T - -cf - | tar -xf - -C "$0"';
  const copied = await run(["bash", "-o", "pipefail", "-c", copy, folder], options);
  if (copied.exitCode !== 0) throw new Error(`the project could not be copied:\n${copied.output}`);
  const install = ["pnpm", "install", "--frozen-lockfile", "--prefer-offline"] as const;
  const installed = await run([...install], { ...options, folder });
  if (installed.exitCode !== 0) throw new Error(`the copy could not be installed:\n${installed.output}`);
}

function projectOf(test: string): string {
  if (test.includes(".browser.test.")) return "browser";
  return test.includes(".db.test.") ? "database" : "unit";
}

async function runTest(folder: string, test: string): Promise<Report | undefined> {
  const file = join(folder, "report.json");
  await rm(file, { force: true });
  const command = ["vitest", "run", "--project", projectOf(test), test, "--reporter=json"] as const;
  await run([...command, `--outputFile=${file}`], {
    show: "capture",
    timeoutMs: 10 * minutes,
    signal: interrupted.signal,
    folder,
  });
  try {
    return JSON.parse(await readFile(file, "utf8")) as Report;
  } catch (error) {
    // A variant may keep the test file from loading at all; that is no test that noticed.
    print(`    no report of ${test}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function prove(folder: string, variant: Variant): Promise<boolean> {
  const path = join(folder, variant.file);
  const right = await readFile(path, "utf8");
  const broken = breakText(right, variant);
  if (broken === undefined) {
    print(
      `✗ ${variant.breaks}  ${variant.by}\n    out of date: ${variant.file} does not hold its passage once`,
    );
    return false;
  }
  try {
    await writeFile(path, broken);
    const report = await runTest(folder, variant.test);
    const noticed = report ? failuresOf(variant.breaks, report) : [];
    print(`${noticed.length > 0 ? "✓" : "✗"} ${variant.breaks}  ${variant.by}`);
    for (const title of noticed.slice(0, 2)) print(`    noticed by: ${title}`);
    if (noticed.length === 0 && report)
      print(`    failed instead: ${allFailures(report).join(" | ") || "none"}`);
    return noticed.length > 0;
  } finally {
    await writeFile(path, right);
  }
}

/** A test that fails in the right version would notice everything, and prove nothing. */
async function findUntrustworthy(folder: string, tests: Iterable<string>): Promise<Set<string>> {
  const untrustworthy = new Set<string>();
  for (const test of tests) {
    if (interrupted.signal.aborted) break;
    const report = await runTest(folder, test);
    if (report && allFailures(report).length === 0) continue;
    print(`✗ ${test} fails with nothing broken: ${report ? allFailures(report).join(" | ") : "no report"}`);
    untrustworthy.add(test);
  }
  return untrustworthy;
}

const wanted = process.argv.slice(2);
const chosen = variants.filter(
  ({ breaks }) => wanted.length === 0 || wanted.some((prefix) => breaks.startsWith(prefix)),
);
const folder = await mkdtemp(join(tmpdir(), "orderwatch-broken-"));
let proven = 0;
try {
  print(`copying ${root}`);
  await copyProject(folder);
  const untrustworthy = await findUntrustworthy(folder, new Set(chosen.map(({ test }) => test)));
  for (const variant of chosen) {
    if (interrupted.signal.aborted) break;
    if (!untrustworthy.has(variant.test) && (await prove(folder, variant))) proven += 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
if (proven < chosen.length || chosen.length === 0) process.exitCode ||= 1;
print(`${proven} of ${chosen.length} broken guarantees were noticed`);
