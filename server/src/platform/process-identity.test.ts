import { expect, test } from "vitest";
import { isOver, parseStat } from "./process-identity.ts";

/** As proc(5) lays it out; the command's name may hold what else separates. */
const stat = (state: string, threads: number) =>
  parseStat(
    `17419 (a name) (x) ${state} 1 17419 17419 0 -1 4227084 12 0 0 0 3 1 0 0 20 0 ${threads} 0 6993214 0 0 18446744073709551615`,
  );

test.each([
  ["one that runs", "S", 11, false],
  ["one that a signal stopped", "T", 11, false],
  ["one whose main thread is a zombie while another still closes its sockets", "Z", 2, false],
  ["one that waits to be reaped", "Z", 1, true],
])("%s is over: %s with %d threads, %s", (_, state, threads, expected) => {
  const seen = stat(state, threads);
  expect(seen).toMatchObject({ state, threads, startTime: "6993214" });
  expect(seen && isOver(seen)).toBe(expected);
});
