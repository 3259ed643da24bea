import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Runbook } from "@orderwatch/shared/ops/runbooks.ts";
import { parseRunbook, RunbookError } from "./document.ts";

/** The runbooks that this version comes with. */
export const shippedRunbooks = join(import.meta.dirname, "../../../../runbooks");

/** All runbooks of a folder by their slugs. Throws RunbookError with every problem of every file, each named. */
export async function readRunbooks(folder: string = shippedRunbooks): Promise<ReadonlyMap<string, Runbook>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".md") && file !== "README.md").sort();
  const problems: string[] = [];
  const runbooks = new Map<string, Runbook>();
  for (const file of files) {
    const slug = file.slice(0, -".md".length);
    try {
      runbooks.set(slug, parseRunbook(slug, await readFile(join(folder, file), "utf8")));
    } catch (error) {
      if (!(error instanceof RunbookError)) throw error;
      problems.push(...error.message.split("\n").map((line) => `runbooks/${file}: ${line}`));
    }
  }
  if (problems.length > 0) throw new RunbookError(problems.join("\n"));
  return runbooks;
}
