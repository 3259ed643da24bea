import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fen, fenToYuan, PriceFen, yuanToFen } from "./money.ts";

const fen = fc.integer({ min: 0, max: 99_999_999_999 });

describe("P7: fen and yuan", () => {
  it("are the same money there and back, to the last fen", () => {
    fc.assert(
      fc.property(fen, (amount) => {
        expect(yuanToFen(fenToYuan(amount))).toBe(amount);
      }),
    );
  });

  it("are written with two decimals, as payment companies read them", () => {
    fc.assert(
      fc.property(fen, (amount) => {
        const text = fenToYuan(amount);
        expect(text).toMatch(/^(0|[1-9]\d*)\.\d\d$/);
        expect(BigInt(text.replace(".", ""))).toBe(BigInt(amount));
      }),
    );
    expect([0, 1, 10, 99, 100, 1234, -5, -1234].map(fenToYuan)).toEqual([
      "0.00",
      "0.01",
      "0.10",
      "0.99",
      "1.00",
      "12.34",
      "-0.05",
      "-12.34",
    ]);
  });

  it("are read with none, one or two decimals and from nothing else", () => {
    expect(["12", "12.3", "12.34", "0.01", "007.5"].map(yuanToFen)).toEqual([1200, 1230, 1234, 1, 750]);
    for (const text of [
      "",
      ".5",
      "1.",
      "1.234",
      "-1",
      "+1",
      "1e3",
      " 1",
      "1 ",
      "1,00",
      "0x10",
      "NaN",
      "１",
      "9999999999",
    ])
      expect(yuanToFen(text), text).toBeNull();
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = yuanToFen(text);
        expect(read === null || Number.isSafeInteger(read)).toBe(true);
      }),
    );
  });

  it("are whole: fractions, negative amounts and more than an order may cost are no money", () => {
    for (const wrong of [0.5, -1, 1_000_000_001, Number.NaN, Number.POSITIVE_INFINITY, "1"])
      expect(Fen.safeParse(wrong).success, String(wrong)).toBe(false);
    expect(PriceFen.safeParse(0).success).toBe(false);
    expect(Fen.safeParse(0).success).toBe(true);
  });
});
