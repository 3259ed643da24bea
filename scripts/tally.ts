/** Counts of what a verification proved: every vitest test, and every static check as one. */
export interface Tally {
  readonly passed: number;
  /** What each failure was: its name, and below it how it failed where that is known. */
  readonly failures: readonly string[];
  readonly skipped: number;
}

/** The part of vitest's JSON report that is counted (https://vitest.dev/guide/reporters#json-reporter). */
export interface TestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

const linesOfAFailure = 12;
const notFailed = ["passed", "skipped", "pending", "todo", "disabled"];

export const nothing: Tally = { passed: 0, failures: [], skipped: 0 };
export const onePassed: Tally = { ...nothing, passed: 1 };
export const oneFailed = (name: string): Tally => ({ ...nothing, failures: [name] });

export const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failures: [...a.failures, ...b.failures],
  skipped: a.skipped + b.skipped,
});

const describeFailure = (file: string, test: string, how: string | undefined): string => {
  const lines = how?.split("\n").slice(0, linesOfAFailure) ?? [];
  return [`${file} › ${test}`, ...lines.map((line) => `  ${line}`)].join("\n").trimEnd();
};

const tallyFile = ({ name, status, message, assertionResults }: TestReport["testResults"][number]): Tally => {
  const passed = assertionResults.filter((result) => result.status === "passed").length;
  const failures = assertionResults
    .filter((result) => !notFailed.includes(result.status))
    .map((result) => describeFailure(name, result.fullName, result.failureMessages?.[0]));
  const skipped = assertionResults.length - passed - failures.length;
  // A file that could not be loaded, or whose hooks failed, has no failed test that would count.
  if (failures.length === 0 && status === "failed") failures.push(describeFailure(name, "the file", message));
  return { passed, failures, skipped };
};

/**
 * What one vitest run proved. A run that reported nothing, ran nothing, or exited with an error that no test
 * accounts for (an unhandled rejection, a crash) counts as one failure, so that silence never looks like success.
 */
export const tallyRun = (project: string, report: TestReport | undefined, exitCode: number): Tally => {
  if (report === undefined) return oneFailed(`${project} tests gave no report (exit ${exitCode})`);
  const tally = report.testResults.map(tallyFile).reduce(add, nothing);
  if (tally.passed + tally.failures.length === 0)
    return add(tally, oneFailed(`${project} tests: none was run`));
  const unexplained = exitCode !== 0 && tally.failures.length === 0;
  return unexplained
    ? add(tally, oneFailed(`${project} tests: exit ${exitCode}, though none failed`))
    : tally;
};

/** The closing line: `N passed, N failed`, and `, N skipped` if any were. */
export const summaryLine = ({ passed, failures, skipped }: Tally): string =>
  `${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
