import { expect, test } from "vitest";
import { isFound } from "./find.ts";

test("a product is found by any of its words, in any order, case and width", () => {
  for (const wanted of ["", "点卡", "30", "点卡 星屿", "  ３０ 元"])
    expect(isFound("星屿通用游戏点卡 30 元", wanted), wanted).toBe(true);
  expect(isFound("Steam Card", "STEAM c")).toBe(true);
  expect(isFound("Steam Card", "steam gift")).toBe(false);
});
