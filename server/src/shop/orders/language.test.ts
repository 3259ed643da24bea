import { expect, test } from "vitest";
import { acceptedLanguage } from "./language.ts";

test.each([
  ["zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"],
  ["en-GB,en;q=0.9,zh;q=0.8", "en"],
  ["fr-FR, fr;q=0.9, EN;q=0.5", "en"],
  ["zh-Hant-TW", "zh-CN"],
  ["fr-FR,enm", undefined],
  ["*", undefined],
  ["", undefined],
  [undefined, undefined],
])("of %j the buyer's language is %j", (header, language) => {
  expect(acceptedLanguage(header)).toBe(language);
});
