import { describe, expect, test } from "vitest";
import { summaryLine, type Tally, tallyRun } from "./tally.ts";

const file = (status: string, ...statuses: string[]) => ({
  name: "some.test.ts",
  status,
  assertionResults: statuses.map((each, n) => ({ fullName: `test ${n}`, status: each })),
});
const counts = ({ passed, failures, skipped }: Tally) => ({ passed, failed: failures.length, skipped });

describe("what a test run proved", () => {
  test("each test counts once, by its outcome", () => {
    const report = {
      testResults: [file("passed", "passed", "skipped", "todo"), file("failed", "failed", "passed")],
    };
    expect(counts(tallyRun("unit", report, 1))).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });

  test("a file that could not be loaded is a failure", () => {
    expect(
      counts(tallyRun("unit", { testResults: [file("passed", "passed"), file("failed")] }, 1)).failed,
    ).toBe(1);
  });

  test("a hook that fails after passing tests is a failure", () => {
    expect(counts(tallyRun("unit", { testResults: [file("failed", "passed")] }, 1))).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  test("a run without a report, without tests, or with skipped tests only is a failure", () => {
    expect(counts(tallyRun("unit", undefined, 0)).failed).toBe(1);
    expect(counts(tallyRun("unit", { testResults: [] }, 0)).failed).toBe(1);
    expect(counts(tallyRun("unit", { testResults: [file("passed", "skipped")] }, 0)).failed).toBe(1);
  });

  test("an exit code that no test explains is a failure", () => {
    expect(counts(tallyRun("unit", { testResults: [file("passed", "passed")] }, 1))).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  test("a failure is named, with the beginning of how it failed", () => {
    const failed = {
      fullName: "orders are lost",
      status: "failed",
      failureMessages: ["Error: 2 are\n    at x"],
    };
    const report = {
      testResults: [{ name: "orders.test.ts", status: "failed", assertionResults: [failed] }],
    };
    expect(tallyRun("unit", report, 1).failures).toEqual([
      "orders.test.ts › orders are lost\n  Error: 2 are\n      at x",
    ]);
  });

  test("the closing line names skipped tests only when there are some", () => {
    expect(summaryLine({ passed: 3, failures: [], skipped: 0 })).toBe("3 passed, 0 failed");
    expect(summaryLine({ passed: 3, failures: ["a test"], skipped: 2 })).toBe(
      "3 passed, 1 failed, 2 skipped",
    );
  });
});
