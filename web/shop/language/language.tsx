import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { device } from "../device/device.ts";
import { chooseLanguage, type Language } from "./choice.ts";
import { en, type Words } from "./en.ts";
import { formatsOf } from "./format.ts";
import { wordsFor } from "./problem.ts";
import { zh } from "./zh.ts";

interface Speech extends ReturnType<typeof formatsOf> {
  words: Words;
  /** A problem in the reader's language, by its code; codes that we do not know keep the server's English. */
  explain: (problem: { code: string; detail: string }) => string;
  switchLanguage: () => void;
}

const key = "orderwatch.language";
const speechOf = (language: Language) => {
  const words = language === "en" ? en : zh;
  return { ...formatsOf(language), words, explain: wordsFor(words) };
};

const SpeechContext = createContext<Speech>({ ...speechOf("en"), switchLanguage: () => undefined });

/** Words and formats for everything inside, switched in place. */
export function SpeechProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(() => chooseLanguage(device.read(key), navigator.languages));
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const speech = useMemo(() => {
    const other: Language = language === "en" ? "zh-CN" : "en";
    const switchLanguage = () => {
      device.write(key, other);
      setLanguage(other);
    };
    return { ...speechOf(language), switchLanguage };
  }, [language]);
  return <SpeechContext.Provider value={speech}>{children}</SpeechContext.Provider>;
}

export const useSpeech = () => useContext(SpeechContext);
