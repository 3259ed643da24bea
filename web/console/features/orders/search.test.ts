import { describe, expect, it } from "vitest";
import { isOrderId, readOrderSearch, readTime, searchBody } from "./search.ts";

const now = new Date(2026, 2, 5, 14, 30, 0);
const local = (...parts: [number, number, number, number, number, number?]) => {
  const [year, month, day, hour, minute, second = 0] = parts;
  return new Date(year, month - 1, day, hour, minute, second).toISOString();
};

describe("the filters of an address", () => {
  it("keep what is known and leave out the rest", () => {
    expect(
      readOrderSearch({
        status: ["paid", "nonsense"],
        origin: "buyer",
        paymentMethod: "cash",
        from: "2026-03-05T06:00:00Z",
        to: "yesterday",
        q: "13800138000",
      }),
    ).toEqual({ status: ["paid"], origin: ["buyer"], from: "2026-03-05T06:00:00.000Z" });
  });
});

describe("times in the search", () => {
  it("a time of day is its latest minute in the past", () => {
    expect(readTime("14:05", now)).toEqual({ from: local(2026, 3, 5, 14, 5), to: local(2026, 3, 5, 14, 6) });
    expect(readTime("23:59", now)).toEqual({ from: local(2026, 3, 4, 23, 59), to: local(2026, 3, 5, 0, 0) });
  });

  it("with seconds it is that second, with a date that day", () => {
    expect(readTime("14:05:09", now)?.to).toBe(local(2026, 3, 5, 14, 5, 10));
    expect(readTime("2026-02-28 08:00", now)?.from).toBe(local(2026, 2, 28, 8, 0));
  });

  it("a span is that long until now", () => {
    expect(readTime("10m", now)).toEqual({ from: local(2026, 3, 5, 14, 20) });
    expect(readTime("2 h", now)).toEqual({ from: local(2026, 3, 5, 12, 30) });
  });

  it("anything else is no time", () => {
    for (const text of ["25:00", "12:75", "5678", "payment.declined", "steam-50", ""])
      expect(readTime(text, now)).toBeNull();
  });
});

describe("a search", () => {
  it("sends a typed time as a range, and other text as it is", () => {
    expect(searchBody(" 10m ", { status: ["paid"] }, now)).toEqual({
      status: ["paid"],
      from: local(2026, 3, 5, 14, 20),
    });
    expect(searchBody(" 5678 ", {}, now)).toEqual({ q: "5678" });
    expect(searchBody("", {}, now)).toEqual({});
  });

  it("knows an order's id when it sees one", () => {
    expect(isOrderId("0197a3c1-5b0e-7cc4-9a61-1f2d3c4b5a69")).toBe(true);
    expect(isOrderId("0197a3c1-5b0e-4cc4-9a61-1f2d3c4b5a69")).toBe(false);
  });
});
