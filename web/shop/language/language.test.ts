import { failureCodes, problems } from "@orderwatch/shared/problem.ts";
import { describe, expect, test } from "vitest";
import { countdown } from "./countdown.ts";
import { en } from "./en.ts";
import { wordsFor } from "./problem.ts";
import { zh } from "./zh.ts";

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
