/** Checks that every ready answer can be read: both languages, known variables, inputs that are used. */
import { AnswerError } from "../server/src/ops/answers/document.ts";
import { readAnswers } from "../server/src/ops/answers/library.ts";

try {
  const answers = await readAnswers();
  process.stdout.write(`${answers.size} ready answers, 0 problems\n`);
} catch (error) {
  if (!(error instanceof AnswerError)) throw error;
  process.stdout.write(`${error.message}\n`);
  process.exitCode = 1;
}
