import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Answer } from "@orderwatch/shared/ops/answers.ts";
import { AnswerError, parseAnswer } from "./document.ts";

/** The ready answers that this version comes with. */
export const shippedAnswers = join(import.meta.dirname, "../../../../answers");

/** All ready answers of a folder by their slugs. Throws AnswerError with every problem of every file, each named. */
export async function readAnswers(folder: string = shippedAnswers): Promise<ReadonlyMap<string, Answer>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".md") && file !== "README.md").sort();
  const problems: string[] = [];
  const answers = new Map<string, Answer>();
  for (const file of files) {
    const slug = file.slice(0, -".md".length);
    try {
      answers.set(slug, parseAnswer(slug, await readFile(join(folder, file), "utf8")));
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      problems.push(...error.message.split("\n").map((line) => `answers/${file}: ${line}`));
    }
  }
  if (problems.length > 0) throw new AnswerError(problems.join("\n"));
  return answers;
}
