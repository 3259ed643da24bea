import { useSyncExternalStore } from "react";
import { getLocale, type Locale, onLocaleChange } from "./locale.ts";

/** The language in use; the component renders anew when it is switched. */
export const useLocale = (): Locale => useSyncExternalStore(onLocaleChange, getLocale);
