import { publicPhases } from "@orderwatch/shared/shop/status.ts";
import { expect, it } from "vitest";
import { needsApproval, struckBy, templateFor } from "./domain.ts";

it("only level 1 needs a second person", () => {
  expect(([1, 2, 3] as const).map(needsApproval)).toEqual([true, false, false]);
});

it("the public hears of the part that was struck, by the channel before the rule", () => {
  expect(struckBy("payment-channel-failing", { channel: "alipay" })).toBe("alipay");
  expect(struckBy("supplier-failing", {})).toBe("delivery");
  expect(struckBy(null, {})).toBe("ordering");
  expect(templateFor({ level: 1, rule: "no-active-node", labels: {} }, "investigating").impact).toEqual({
    ordering: "down",
  });
});

it("each level and each phase has its own words in both languages, with nothing left to fill in", () => {
  const texts = ([1, 2, 3] as const).flatMap((level) =>
    publicPhases.map((phase) => templateFor({ level, rule: "supplier-failing", labels: {} }, phase)),
  );
  expect(texts).toHaveLength(12);
  for (const { title, text } of texts)
    for (const words of [title, text]) {
      expect(words.en).toMatch(/^[A-Z][^{}$]{8,}/);
      expect(words["zh-CN"]).toMatch(/^[\u4e00-\u9fff][^{}$a-zA-Z]{4,}$/);
    }
  const told = new Set(texts.slice(0, 4).map(({ text }) => text.en));
  expect(told.size).toBe(4);
});
