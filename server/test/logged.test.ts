import { expect, test } from "vitest";
import { summarize } from "./logged.ts";

test("a failure that was logged once is shown, whatever else was said more often", () => {
  const line = (level: number, msg: string) => JSON.stringify({ level, msg });
  const warned = Array.from({ length: 80 }, (_, n) => Array<string>(n + 2).fill(line(40, `warning ${n}`)));
  const failed = JSON.stringify({ level: 50, err: { message: "no such column" }, msg: "request failed" });
  const shown = Object.entries(summarize([...warned.flat(), failed]));
  expect(shown.slice(0, 2)).toEqual([
    ["request failed | no such column", 1],
    ["warning 79", 81],
  ]);
  expect(shown).toHaveLength(60);
});
