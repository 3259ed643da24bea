import { ProblemError } from "@orderwatch/shared/client.ts";
import type { SupportWords } from "./words.ts";

/** Why a call failed, in the reader's words. */
export const whyNot = (words: SupportWords, error: unknown): string =>
  (error instanceof ProblemError && words.problem[error.problem.code]) || words.failed;
