import { failureCodes, problems } from "@orderwatch/shared/problem.ts";
import { describe, expect, test } from "vitest";
import { chooseLanguage } from "./choice.ts";
import { en } from "./en.ts";
import { countdown, formatsOf } from "./format.ts";
import { wordsFor } from "./problem.ts";
import { zh } from "./zh.ts";

test("the device's choice comes first, then the browser's first language that we speak", () => {
  expect(chooseLanguage("en", ["zh-CN"])).toBe("en");
  expect(chooseLanguage(undefined, ["fr-FR", "zh-TW", "en"])).toBe("zh-CN");
  expect(chooseLanguage("fr", ["en-GB"])).toBe("en");
  expect(chooseLanguage(undefined, ["fr"])).toBe("en");
});

test("money is written in yuan from whole fen, times with their zone", () => {
  for (const language of ["en", "zh-CN"] as const) {
    const { money, moment } = formatsOf(language);
    expect(money(4_950)).toBe("¥49.50");
    expect(money(1)).toBe("¥0.01");
    expect(money(123_456_700)).toBe("¥1,234,567.00");
    expect(moment("2026-06-01T00:00:00Z")).toMatch(/2026.*(GMT|UTC|[A-Z]{3})/);
  }
});

test("a countdown never goes below zero and never ends early", () => {
  expect([300_000, 61_000, 59_001, 1, 0, -5].map(countdown)).toEqual([
    "5:00",
    "1:01",
    "1:00",
    "0:01",
    "0:00",
    "0:00",
  ]);
});

describe("problems", () => {
  test("every failure that an order can carry is worded in both languages", () => {
    for (const words of [en, zh])
      for (const code of failureCodes) expect(words.problem.words[code], code).toBeTruthy();
    expect(Object.keys(zh.problem.words).sort()).toEqual(Object.keys(en.problem.words).sort());
    for (const code of Object.keys(en.problem.words)) expect(problems).toHaveProperty([code]);
  });

  test("a code that we do not know keeps the server's English, never a bare error", () => {
    expect(wordsFor(zh)({ code: "order.eaten", detail: "A dog ate the order." })).toBe(
      "A dog ate the order.",
    );
    expect(wordsFor(zh)({ code: "order.eaten", detail: "" })).toBe(zh.problem.title);
    expect(wordsFor(zh)({ code: "stock.sold_out", detail: "Sold out" })).toBe("该商品已售罄。");
    expect(wordsFor(en)({ code: "constructor", detail: "x" })).toBe("x");
  });
});
