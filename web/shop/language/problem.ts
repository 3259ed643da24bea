import type { ProblemCode } from "@orderwatch/shared/problem.ts";
import type { Words } from "./en.ts";

/** Words problems by their code; a code that this page does not know keeps the server's English. */
export function wordsFor(words: Words): (problem: { code: string; detail: string }) => string {
  const known = new Map(Object.entries(words.problem.words) as [ProblemCode | string, string][]);
  return ({ code, detail }) => known.get(code) ?? (detail || words.problem.title);
}
