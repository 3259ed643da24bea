/** Counts of what a verification proved: every vitest test, and every static check as one. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The part of vitest's JSON report that is counted (https://vitest.dev/guide/reporters#json-reporter). */
export interface TestReport {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };
export const onePassed: Tally = { ...nothing, passed: 1 };
export const oneFailed: Tally = { ...nothing, failed: 1 };

export const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

const tallyFile = (file: TestReport["testResults"][number]): Tally => {
  const count = (...statuses: string[]) =>
    file.assertionResults.filter((result) => statuses.includes(result.status)).length;
  const passed = count("passed");
  const skipped = count("skipped", "pending", "todo", "disabled");
  const failed = file.assertionResults.length - passed - skipped;
  // A file that could not be loaded, or whose hooks failed, has no failed test that would count.
  return { passed, skipped, failed: failed === 0 && file.status === "failed" ? 1 : failed };
};

/**
 * What one vitest run proved. A run that reported nothing, ran nothing, or exited with an error that no test
 * accounts for (an unhandled rejection, a crash) counts as one failure, so that silence never looks like success.
 */
export const tallyRun = (report: TestReport | undefined, exitCode: number): Tally => {
  if (report === undefined) return oneFailed;
  const tally = report.testResults.map(tallyFile).reduce(add, nothing);
  const ranNothing = tally.passed + tally.failed === 0;
  const unexplained = exitCode !== 0 && tally.failed === 0;
  return ranNothing || unexplained ? add(tally, oneFailed) : tally;
};

/** The closing line: `N passed, N failed`, and `, N skipped` if any were. */
export const summaryLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
