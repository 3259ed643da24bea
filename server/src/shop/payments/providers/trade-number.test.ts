import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beijingLocal, beijingRfc3339, instantOfBeijingLocal } from "./beijing-time.ts";
import { idOfTradeNumber, tradeNumberOf } from "./trade-number.ts";

describe("a trade number", () => {
  it("is a payment's id without hyphens, and leads back to it", () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(tradeNumberOf(id)).toMatch(/^[0-9a-f]{32}$/);
        expect(idOfTradeNumber(tradeNumberOf(id))).toBe(id);
      }),
    );
  });

  it("that is none of ours stands for nothing", () => {
    for (const foreign of [
      "",
      "1217752501201407033233368018",
      "0190".repeat(9),
      "'; drop table payment; --",
    ]) {
      expect(idOfTradeNumber(foreign)).toBeUndefined();
    }
  });
});

describe("Beijing time", () => {
  it("is written in both companies' forms, eight hours ahead of UTC", () => {
    const at = new Date("2026-12-31T23:30:05.999Z");
    expect(beijingLocal(at)).toBe("2027-01-01 07:30:05");
    expect(beijingRfc3339(at)).toBe("2027-01-01T07:30:05+08:00");
  });

  it("is read back to the second, whatever zone the machine is in", () => {
    expect(instantOfBeijingLocal("2027-01-01 07:30:05")).toEqual(new Date("2026-12-31T23:30:05Z"));
    for (const bad of ["2027-13-01 00:00:00", "2027-01-01T07:30:05", "yesterday", ""]) {
      expect(instantOfBeijingLocal(bad)).toBeUndefined();
    }
  });
});
