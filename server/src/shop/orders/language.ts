import type { Language } from "@orderwatch/shared/words.ts";

/** The first language of ours in an Accept-Language header, in which browsers name the preferred ones first. */
export function acceptedLanguage(header: string | undefined): Language | undefined {
  const found = /(?:^|,)\s*(zh|en)\b/i.exec(header ?? "");
  if (!found) return undefined;
  return found[1]?.toLowerCase() === "en" ? "en" : "zh-CN";
}
