import { describe, expect, it } from "vitest";
import { preferredLocale } from "./locale.ts";
import { fill, translators } from "./message.ts";
import { problemText } from "./problems.ts";

describe("messages", () => {
  it("values fill their names, and words agree with them", () => {
    expect(fill("{count} {count|order|orders}", { count: 1 })).toBe("1 order");
    expect(fill("{count} {count|order|orders}", { count: 3 })).toBe("3 orders");
  });

  it("a missing value stays visible instead of vanishing", () => {
    expect(fill("since {time}", {})).toBe("since {time}");
  });

  it("each language words the same key", () => {
    const en = { greeting: "Hello {name}" } as const;
    const words = translators<typeof en>({ en, "zh-CN": { greeting: "你好，{name}" } });
    expect(words.en("greeting", { name: "Li" })).toBe("Hello Li");
    expect(words["zh-CN"]("greeting", { name: "Li" })).toBe("你好，Li");
  });

  it("a problem code of a newer server is shown as it is", () => {
    expect(problemText("en", "stock.sold_out")).toBe("Sold out");
    expect(problemText("zh-CN", "future.reason")).toBe("future.reason");
  });
});

describe("the first language", () => {
  it("is the browser's first that we speak, whatever its region", () => {
    expect(preferredLocale(["fr-FR", "zh-TW", "en"])).toBe("zh-CN");
    expect(preferredLocale(["en-GB", "zh-CN"])).toBe("en");
    expect(preferredLocale(["fr"])).toBe("en");
    expect(preferredLocale([])).toBe("en");
  });
});
