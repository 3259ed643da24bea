import { isLogged } from "../logged.ts";

/**
 * Requests that failed in a way that nobody foresaw, from the product's own log. Steps that were made to fail do not count,
 * and neither does what another process only passes on: the one that failed has told of it already.
 */
export function unforeseenFailures(lines: readonly string[]): string[] {
  return lines.filter(
    (line) =>
      isLogged(line) &&
      line.includes('"msg":"request failed"') &&
      line.includes('"code":"server.failed"') &&
      !line.includes('"message":"injected at ') &&
      !line.includes('"message":"Please try again"'),
  );
}
