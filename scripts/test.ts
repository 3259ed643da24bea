/**
 * Verifies the whole project: style, types, architecture, docs, bundles, then the tests. `--fast` stops after
 * the unit tests. Everything runs even when something failed; what failed is named again at the end,
 * and the last line is `N passed, N failed`.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { inParallel, run } from "./run.ts";
import {
  add,
  nothing,
  oneFailed,
  onePassed,
  summaryLine,
  type Tally,
  type TestReport,
  tallyRun,
} from "./tally.ts";

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const minutes = 60_000;
const fast = process.argv.includes("--fast");

const types = (project: string): Check => ({ name: `types of ${project}`, command: ["tsc", "-p", project] });

const staticChecks: readonly Check[] = [
  { name: "style (biome)", command: ["biome", "check", "--error-on-warnings", "."] },
  types("shared"),
  types("server"),
  types("web"),
  types("tsconfig.json"),
  { name: "arrows (dependency-cruiser)", command: ["node", "scripts/check-architecture.ts"] },
  { name: "nothing unused (knip)", command: ["knip"] },
  { name: "docs name what exists", command: ["node", "scripts/check-docs.ts"] },
  { name: "runbooks can be read", command: ["node", "scripts/check-runbooks.ts"] },
  { name: "drills can be read", command: ["node", "scripts/check-drills.ts"] },
  { name: "ready answers can be read", command: ["node", "scripts/check-answers.ts"] },
  ...(fast ? [] : [{ name: "bundle sizes", command: ["node", "scripts/check-bundles.ts"] as const }]),
];

const testProjects = fast ? ["unit"] : ["unit", "database", "browser"];

const print = (text: string) => process.stdout.write(`${text}\n`);
const interrupted = new AbortController();

const runCheck = async ({ name, command }: Check): Promise<Tally> => {
  const result = await run(command, {
    show: "capture",
    timeoutMs: 5 * minutes,
    signal: interrupted.signal,
  });
  const passed = result.exitCode === 0;
  print(`${passed ? "✓" : "✗"} ${name} (${result.seconds.toFixed(1)} s)`);
  if (!passed) print(result.output.trimEnd());
  return passed ? onePassed : oneFailed(name);
};

const readReport = async (path: string): Promise<TestReport | undefined> => {
  try {
    return JSON.parse(await readFile(path, "utf8")) as TestReport;
  } catch (error) {
    print(`no test report: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
};

const runTests = async (project: string, folder: string): Promise<Tally> => {
  const report = join(folder, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const result = await run(["vitest", "run", "--project", project, "--passWithNoTests", ...reporters], {
    show: "inherit",
    timeoutMs: 45 * minutes,
    signal: interrupted.signal,
  });
  const tally = tallyRun(project, await readReport(report), result.exitCode);
  const failed = tally.failures.length;
  print(
    `${failed === 0 ? "✓" : "✗"} ${project} tests (${tally.passed} ok, ${failed} not, ${tally.skipped} left out)\n`,
  );
  return tally;
};

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    interrupted.abort();
    process.exitCode = 130;
  });
}

const tallies = await inParallel(staticChecks, availableParallelism(), runCheck);
const folder = await mkdtemp(join(tmpdir(), "orderwatch-report-"));
try {
  for (const project of testProjects) {
    if (!interrupted.signal.aborted) tallies.push(await runTests(project, folder));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
const total = tallies.reduce(add, nothing);
if (total.failures.length > 0) process.exitCode ||= 1;
for (const failure of total.failures) print(`✗ ${failure}`);
print(summaryLine(total));
