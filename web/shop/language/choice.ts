export const languages = ["zh-CN", "en"] as const;
export type Language = (typeof languages)[number];

/** The language chosen before on this device, or else the first of the browser's that we speak; English failing both. */
export function chooseLanguage(chosen: unknown, browser: readonly string[]): Language {
  const before = languages.find((language) => language === chosen);
  if (before) return before;
  for (const tag of browser) {
    if (/^zh\b/i.test(tag)) return "zh-CN";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}
