import type { Words as Said } from "@orderwatch/shared/words.ts";
import { type Formats, formats } from "../lib/format.ts";
import { translators } from "../lib/i18n/message.ts";
import { problemText, remedyText } from "../lib/i18n/problems.ts";
import { useLocale } from "../lib/i18n/use-locale.ts";
import { en } from "./i18n/en.ts";
import { zhCn } from "./i18n/zh-cn.ts";

const words = translators<typeof en>({ en, "zh-CN": zhCn });

export type Words = (typeof words)["en"];
export type WordKey = keyof typeof en;
/** Words that need no value. */
export type PlainKey = {
  [Key in WordKey]: (typeof en)[Key] extends `${string}{${string}` ? never : Key;
}[WordKey];

/** The console's words in the language in use. */
export const useWords = (): Words => words[useLocale()];

/** Numbers, money and times in the language in use. */
export const useFormats = (): Formats => formats(useLocale());

/** Texts that the server words in both languages, in the one in use. */
export function useSaid(): (said: Said) => string {
  const locale = useLocale();
  return (said) => said[locale];
}

/** Problem codes and remedies in the language in use. */
export function useCodeWords() {
  const locale = useLocale();
  return {
    problem: (code: string) => problemText(locale, code),
    remedy: (kind: Parameters<typeof remedyText>[1]) => remedyText(locale, kind),
  };
}
