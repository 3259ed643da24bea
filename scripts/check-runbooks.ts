/** Checks that every runbook can be read: known actions, both languages, each step once. */
import { RunbookError } from "../server/src/ops/runbooks/document.ts";
import { readRunbooks } from "../server/src/ops/runbooks/library.ts";

try {
  const runbooks = await readRunbooks();
  process.stdout.write(`${runbooks.size} runbooks, 0 problems\n`);
} catch (error) {
  if (!(error instanceof RunbookError)) throw error;
  process.stdout.write(`${error.message}\n`);
  process.exitCode = 1;
}
