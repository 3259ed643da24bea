import { describe, expect, it } from "vitest";
import { formats } from "./format.ts";

describe("formats", () => {
  it("fen are shown as yuan with both digits, in either language", () => {
    expect(formats("en").money(1234)).toBe("¥12.34");
    expect(formats("zh-CN").money(5)).toBe("¥0.05");
    expect(formats("en").money(123_456_700)).toBe("¥1,234,567.00");
  });

  it("durations change their unit so that they stay readable", () => {
    const { duration } = formats("en");
    expect(duration(0.84)).toBe("0.8\u00a0ms");
    expect(duration(42.4)).toBe("42\u00a0ms");
    expect(duration(1250)).toBe("1.25\u00a0s");
    expect(duration(185_000)).toBe("3:05");
    expect(duration(7_800_000)).toBe("2:10:00");
  });

  it("midnight is 00, never 24", () => {
    const midnight = new Date(2026, 0, 2, 0, 0, 5);
    expect(formats("en").clock(midnight)).toBe("00:00:05");
    expect(formats("zh-CN").clock(midnight)).toBe("00:00:05");
  });

  it("the day is shown only when it is another one, and so is the year", () => {
    const now = new Date(2026, 5, 1, 12);
    expect(formats("en").recent(new Date(2026, 5, 1, 9, 5, 7), now)).toBe("09:05:07");
    expect(formats("en").recent(new Date(2026, 0, 2), now)).not.toContain("2026");
    expect(formats("en").recent(new Date(2025, 0, 2), now)).toContain("2025");
  });
});
