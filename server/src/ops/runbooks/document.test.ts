import { runbookSlugs } from "@orderwatch/shared/ops/detection.ts";
import { describe, expect, it } from "vitest";
import { shippedRules } from "../detection/shipped-rules.ts";
import { parseRunbook } from "./document.ts";
import { readRunbooks } from "./library.ts";

const step = (id: string, more = "", chinese = `### zh-CN 标题\n\n正文\n`) =>
  `## ${id}\n\n\`\`\`yaml\n${more || "does: explain"}\n\`\`\`\n\n${chinese}\n### en Title\n\nText\n`;
const file = (...steps: string[]) => `---
kind: sop
owner: support
level: 3
rules: []
title: { zh-CN: 标题, en: Title }
summary: { zh-CN: 摘要, en: Summary }
---

${steps.join("\n")}`;

describe("a runbook's file", () => {
  it("is read with its steps, in both languages", () => {
    const act =
      "does: act\naction: pause_channel\nwith: { channel: alipay }\nverify: { figures: [paid], afterS: 30 }";
    const runbook = parseRunbook("a-test", file(step("one"), step("two", act), step("three", "does: ask")));
    expect(runbook).toMatchObject({ slug: "a-test", kind: "sop", owner: "support", level: 3 });
    expect(runbook.steps).toMatchObject([
      {
        id: "one",
        does: "explain",
        title: { "zh-CN": "标题", en: "Title" },
        text: { "zh-CN": "正文", en: "Text" },
      },
      { id: "two", action: "pause_channel", with: { channel: "alipay" }, verify: { afterS: 30 } },
      { id: "three", does: "ask" },
    ]);
  });

  it.each([
    [
      "an unknown action",
      step("two", "does: act\naction: reboot_everything"),
      /step two, action: .*promote_standby/,
    ],
    ["a missing translation", step("two", "", ""), /step two: the zh-CN translation is missing/],
    ["an empty translation", step("two", "", "### zh-CN 标题\n"), /step two: the zh-CN translation needs/],
    ["a duplicate step id", step("one"), /step one: there is another step of this name/],
    ["a field that is misspelt", step("two", "does: explain\nanswer: x"), /step two: .*answer/],
    [
      "an unknown figure",
      step("two", "does: act\naction: shed_load\nverify: { figures: [mood], afterS: 9 }"),
      /step two, verify/,
    ],
    [
      "an argument that no deed takes",
      step("two", "does: act\naction: shed_load\nwith: { shed: everything }"),
      /step two, with: shed/,
    ],
    [
      "an argument that is misspelt",
      step("two", "does: act\naction: limit_purchases\nwith: { units: 1 }"),
      /step two, with: .*units/,
    ],
    [
      "a call to nobody",
      step("two", "does: act\naction: call_third_party\nwith: { kind: oracle }"),
      /step two, with: kind must be one of payment_company/,
    ],
    ["no block", "## two\n\n### zh-CN 标题\n\n正文\n", /step two: its first part must be a block of YAML/],
    ["YAML that is none", step("two", "does: [explain"), /step two: /],
  ])("is refused for %s, which is named", (_what, second, message) => {
    expect(() => parseRunbook("a-test", file(step("one"), second, step("three")))).toThrow(message);
  });

  it("keeps the blank line between a paragraph and its list", () => {
    const listed = step("one", "", "### zh-CN 标题\n\n看：\n\n- 一\n- 二\n");
    const [first] = parseRunbook("a-test", file(listed, step("two"), step("three"))).steps;
    expect(first?.text["zh-CN"]).toBe("看：\n\n- 一\n- 二");
  });

  it("is refused without its owner", () => {
    const source = file(step("one"), step("two"), step("three")).replace("owner: support\n", "");
    expect(() => parseRunbook("a-test", source)).toThrow(/owner/);
  });
});

describe("the shipped runbooks", () => {
  it("all parse, and are those that rules may name", async () => {
    const runbooks = await readRunbooks();
    expect([...runbooks.keys()].sort()).toEqual([...runbookSlugs].sort());
    for (const { title, summary } of runbooks.values())
      for (const words of [title, summary]) expect(words["zh-CN"] && words.en).not.toBe("");
  });

  it("and the shipped rules name each other, both ways", async () => {
    const runbooks = await readRunbooks();
    const named = shippedRules.map(({ slug, runbook }) => `${slug} → ${runbook}`);
    const naming = [...runbooks.values()].flatMap(({ slug, rules }) =>
      rules.map((rule) => `${rule} → ${slug}`),
    );
    expect(naming.sort()).toEqual(named.sort());
  });
});
