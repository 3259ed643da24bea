import type { RemedyKind } from "@orderwatch/shared/problem.ts";
import type { Locale } from "./locale.ts";
import { problemsEn, remediesEn } from "./problems.en.ts";
import { problemsZhCn, remediesZhCn } from "./problems.zh-cn.ts";

const problems: Record<Locale, Readonly<Record<string, string>>> = { en: problemsEn, "zh-CN": problemsZhCn };
const remedies = { en: remediesEn, "zh-CN": remediesZhCn };

/** A problem in words; a code that this build does not know shows itself. */
export const problemText = (locale: Locale, code: string): string => problems[locale][code] ?? code;

/** The words on a remedy's button. */
export const remedyText = (locale: Locale, kind: RemedyKind): string => remedies[locale][kind];
