import { expect, it } from "vitest";
import { readMoment, typedMoment } from "./local-time.ts";

it("a moment typed as it was shown is the same minute, and nothing is no moment", () => {
  const at = new Date(2026, 0, 31, 14, 5);
  expect(typedMoment(at)).toBe("2026-01-31T14:05");
  expect(readMoment(typedMoment(at))).toBe(at.toISOString());
  expect([readMoment(""), readMoment("later")]).toEqual([null, null]);
});
