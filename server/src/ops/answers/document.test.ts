import { failureCodes } from "@orderwatch/shared/problem.ts";
import { describe, expect, it } from "vitest";
import { parseAnswer } from "./document.ts";
import { type AnswerFacts, fillAnswer, fitsTicket, variablesOf, writtenTime } from "./domain.ts";
import { readAnswers } from "./library.ts";

const file = (more: string, zh = "您好 {{order.amount}}", en = "Hello {{order.amount}}") =>
  `---\ntitle: { zh-CN: 标题, en: Title }\n${more}\n---\n\n## zh-CN\n\n${zh}\n\n## en\n\n${en}\n`;
const input = "inputs: [{ name: backAt, label: { zh-CN: 时间, en: Time }, kind: time }]";
const facts: AnswerFacts = { "order.amount": { "zh-CN": "¥12.00", en: "¥12.00" } };

describe("a ready answer's file", () => {
  it("is read in both languages, word for word", () => {
    const answer = parseAnswer(
      "late",
      file("codes: [payment.late]\nthenState: resolved", "第一段\n\n- 一", "One\n\n- 1"),
    );
    expect(answer).toMatchObject({
      slug: "late",
      use: "message",
      codes: ["payment.late"],
      thenState: "resolved",
    });
    expect(answer.text).toEqual({ "zh-CN": "第一段\n\n- 一", en: "One\n\n- 1" });
  });

  it.each([
    [
      "a variable nobody fills",
      file("", "{{order.codes}}", "{{order.codes}}"),
      /zh-CN: \{\{order.codes\}\} is neither/,
    ],
    ["a variable in one language only", file("", "您好"), /\{\{order.amount\}\} stands in one language only/],
    ["an input that no text uses", file(input), /backAt is asked for and not used/],
    ["an input that nobody asks for", file("", "{{input.x}}", "{{input.x}}"), /input.x.* is neither/],
    [
      "a choice without options",
      file(input.replace("time }", "choice }"), "{{input.backAt}}", "{{input.backAt}}"),
      /options/,
    ],
    ["braces that are open", file("", "您好 {{order.amount", "Hello {{order.amount"), /braces/],
    ["a missing language", file("").split("## en")[0] ?? "", /the en text is missing/],
    ["an unknown deed", file("does: apologise"), /does/],
    ["a field that is misspelt", file("cause: [buyer]"), /cause/],
    ["an unknown failure code", file("codes: [stock.lost]"), /codes/],
  ])("is refused for %s, which is named", (_what, source, message) => {
    expect(() => parseAnswer("a-test", source)).toThrow(message);
  });
});

describe("filling an answer", () => {
  const answer = parseAnswer(
    "a-test",
    file(input, "{{order.amount}}，{{input.backAt}}", "{{order.amount}}, {{input.backAt}}"),
  );
  const given = { facts, inputs: { backAt: "2026-03-01T04:05:00Z" }, timeZone: "Asia/Shanghai" };

  it("puts in facts and inputs, times as clocks of the place show them", () => {
    expect(fillAnswer(answer, { ...given, language: "zh-CN" })).toEqual({
      text: "¥12.00，3月1日 12:05",
      missing: [],
    });
    expect(fillAnswer(answer, { ...given, language: "en" }).text).toMatch(/^¥12.00, Mar 1, 12:05 GMT\+8$/);
  });

  it("names what is missing and guesses nothing", () => {
    const filled = fillAnswer(answer, { ...given, facts: {}, inputs: { backAt: "soon" }, language: "en" });
    expect(filled).toEqual({ text: "____, ____", missing: ["order.amount", "input.backAt"] });
  });

  it("does not fill what was typed in a second time", () => {
    const text = parseAnswer(
      "a-test",
      file(input.replace("time }", "text }"), "{{input.backAt}}", "{{input.backAt}}"),
    );
    const filled = fillAnswer(text, { ...given, inputs: { backAt: "{{order.amount}} $&" }, language: "en" });
    expect(filled.text).toBe("{{order.amount}} $&");
  });

  it("writes a midnight as 00", () => {
    expect(writtenTime(new Date("2026-03-01T16:00:00Z"), "Asia/Shanghai")["zh-CN"]).toBe("3月2日 00:00");
  });
});

describe("the shipped answers", () => {
  it("all can be read, there are enough, and each failure of a paid or unpaid order has one", async () => {
    const answers = [...(await readAnswers()).values()];
    expect(answers.length).toBeGreaterThanOrEqual(10);
    const reachable = failureCodes.filter((code) => code !== "risk.rejected");
    for (const code of reachable)
      expect(
        answers.some((answer) => fitsTicket(answer, { cause: "staff", code })),
        `${code} has no ready answer`,
      ).toBe(true);
    expect(new Set(answers.flatMap(({ does }) => does ?? []))).toEqual(
      new Set(["refund", "redeliver", "switch_payment", "restock_notice"]),
    );
  });

  it("never carry a code, a phone or an address: only what answers may name", async () => {
    for (const { text } of (await readAnswers()).values())
      for (const variable of [...variablesOf(text["zh-CN"]), ...variablesOf(text.en)])
        expect(variable).toMatch(/^(?:ticket|order|input)\.(?!code|contact|phone|email)/);
  });
});
