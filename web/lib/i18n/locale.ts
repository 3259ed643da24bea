/** The interface's languages; a catalogue without one of them does not compile. */
export const locales = ["en", "zh-CN"] as const;
export type Locale = (typeof locales)[number];

const storageKey = "orderwatch.locale";
const listeners = new Set<() => void>();

/** The first of the browser's languages that we speak; English when there is none. */
export function preferredLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    const primary = language.toLowerCase().split("-")[0];
    if (primary === "zh") return "zh-CN";
    if (primary === "en") return "en";
  }
  return "en";
}

const isLocale = (value: string | null): value is Locale => locales.some((locale) => locale === value);

function initialLocale(): Locale {
  if (typeof window === "undefined") return "en";
  const chosen = readChoice();
  return isLocale(chosen) ? chosen : preferredLocale(navigator.languages);
}

// Storage throws where the browser forbids it (private windows, blocked cookies): the choice then lasts for the page.
function readChoice(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

function keepChoice(locale: Locale): boolean {
  try {
    localStorage.setItem(storageKey, locale);
    return true;
  } catch {
    return false;
  }
}

let current = initialLocale();

export const getLocale = (): Locale => current;

/** Switches the language in place and remembers it; answers whether it could be remembered. */
export function setLocale(locale: Locale): boolean {
  current = locale;
  document.documentElement.lang = locale;
  const kept = keepChoice(locale);
  for (const listener of listeners) listener();
  return kept;
}

/** Calls `listener` after every switch; answers how to stop that. */
export function onLocaleChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
