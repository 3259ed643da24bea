import { describe, expect, test } from "vitest";
import { summaryLine, tallyRun } from "./tally.ts";

const file = (status: string, ...statuses: string[]) => ({
  status,
  assertionResults: statuses.map((each) => ({ status: each })),
});

describe("what a test run proved", () => {
  test("each test counts once, by its outcome", () => {
    const report = {
      testResults: [file("passed", "passed", "skipped", "todo"), file("failed", "failed", "passed")],
    };
    expect(tallyRun(report, 1)).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });

  test("a file that could not be loaded is a failure", () => {
    expect(tallyRun({ testResults: [file("passed", "passed"), file("failed")] }, 1).failed).toBe(1);
  });

  test("a hook that fails after passing tests is a failure", () => {
    expect(tallyRun({ testResults: [file("failed", "passed")] }, 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  test("a run without a report, without tests, or with skipped tests only is a failure", () => {
    expect(tallyRun(undefined, 0).failed).toBe(1);
    expect(tallyRun({ testResults: [] }, 0).failed).toBe(1);
    expect(tallyRun({ testResults: [file("passed", "skipped")] }, 0).failed).toBe(1);
  });

  test("an exit code that no test explains is a failure", () => {
    expect(tallyRun({ testResults: [file("passed", "passed")] }, 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  test("the closing line names skipped tests only when there are some", () => {
    expect(summaryLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
    expect(summaryLine({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
  });
});
