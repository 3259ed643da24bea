import { createContext, type ReactNode, useContext, useEffect, useMemo } from "react";
import { formats } from "../../lib/format.ts";
import { type Locale, setLocale } from "../../lib/i18n/locale.ts";
import { useLocale } from "../../lib/i18n/use-locale.ts";
import { en, type Words } from "./en.ts";
import { wordsFor } from "./problem.ts";
import { zh } from "./zh.ts";

interface Speech {
  locale: Locale;
  words: Words;
  /** Fen as money. */
  money: (fen: number) => string;
  /** Time of day to the second. */
  clock: (time: string | number) => string;
  /** Day and time with the time zone. */
  moment: (time: string | number) => string;
  /** Day and time, as short as it can be. */
  recent: (time: number) => string;
  /** A problem in the reader's language, by its code; codes that we do not know keep the server's English. */
  explain: (problem: { code: string; detail: string }) => string;
  switchLanguage: () => void;
}

function speechOf(locale: Locale): Speech {
  const words = locale === "en" ? en : zh;
  const { money, clock, moment, recent, zone } = formats(locale);
  return {
    locale,
    words,
    money,
    clock,
    moment: (time) => `${moment(time)} ${zone(new Date(time))}`,
    recent: (time) => recent(time, new Date()),
    explain: wordsFor(words),
    switchLanguage: () => setLocale(locale === "en" ? "zh-CN" : "en"),
  };
}

const SpeechContext = createContext<Speech>(speechOf("en"));

/** Words and formats for everything inside, switched in place. */
export function SpeechProvider({ children }: { children: ReactNode }) {
  const locale = useLocale();
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  const speech = useMemo(() => speechOf(locale), [locale]);
  return <SpeechContext.Provider value={speech}>{children}</SpeechContext.Provider>;
}

export const useSpeech = () => useContext(SpeechContext);
