import type { Words } from "@orderwatch/shared/words.ts";
import { useLocale } from "../../../lib/i18n/use-locale.ts";

/** Texts of the server in the language in use; what a person typed stays as it is. */
export function useTexts(): (words: Words | string) => string {
  const locale = useLocale();
  return (words) => (typeof words === "string" ? words : words[locale]);
}
