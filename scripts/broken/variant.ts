/** A change that breaks one guarantee on purpose, and the test file that has to notice. */
export interface Variant {
  /** The invariant's number; a failing test counts only if its title carries it. */
  readonly breaks: string;
  /** What is wrong then, in words. */
  readonly by: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly test: string;
}

/** What one vitest run says (https://vitest.dev/guide/reporters#json-reporter). */
export interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** The broken text. Undefined when the passage is gone or ambiguous: then the variant is out of date. */
export function breakText(text: string, { find, replace }: Variant): string | undefined {
  return text.split(find).length === 2 ? text.replace(find, () => replace) : undefined;
}

/** The SQL function in whose body the passage stands, if it stands in one: a later migration may define it anew. */
export function functionAround(text: string, { find }: Variant): string | undefined {
  const before = text.slice(0, text.indexOf(find));
  const last = [
    ...before.matchAll(/\bcreate (?:or replace )?function (\w+)\(.*?\$\$(?<ended>.*?\$\$;)?/gs),
  ].at(-1);
  return last?.groups?.ended === undefined ? last?.[1] : undefined;
}

/** Titles of the failed tests that carry this number, such as `P1` in "P1: callbacks" or "P1, P4: money". */
export function failuresOf(number: string, report: Report): string[] {
  const carries = new RegExp(`(?:^|[ ,>])${number}(?:, [A-Z]\\d+)*:`);
  return report.testResults
    .flatMap((file) => file.assertionResults)
    .filter((result) => result.status === "failed" && carries.test(result.fullName))
    .map((result) => result.fullName.trim());
}

/** Every title that failed, for a report that surprises. */
export const allFailures = (report: Report): string[] =>
  report.testResults
    .flatMap((file) => file.assertionResults)
    .filter((result) => result.status === "failed")
    .map((result) => result.fullName.trim());
