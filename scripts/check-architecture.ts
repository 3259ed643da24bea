/** Checks that every import follows the arrows of ARCHITECTURE.md, and that the checker saw the code at all. */
import { globSync } from "node:fs";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import configuration from "../.dependency-cruiser.mjs";
import { root } from "./run.ts";

const folders = ["shared", "server", "web", "scripts"];
/** A checker that cannot read the sources passes everything, so it must have seen this share of them. */
const seenAtLeast = 0.8;

const sourcesBelow = (folder: string): string[] =>
  globSync(
    folders.map((each) => `${each}/**/*.{ts,tsx}`),
    { cwd: folder, exclude: ["**/node_modules/**", "**/dist/**"] },
  );

const isResult = (output: ICruiseResult | string): output is ICruiseResult => typeof output !== "string";

export interface Verdict {
  /** One line per broken rule: `rule: from → to (why)`. */
  readonly problems: readonly string[];
  readonly modules: number;
  readonly arrows: number;
}

/** Checks a tree laid out as this repository; `folder` is its top. */
export const checkArchitecture = async (folder: string): Promise<Verdict> => {
  const sources = sourcesBelow(folder);
  const present = folders.filter((each) => sources.some((source) => source.startsWith(`${each}/`)));
  const { output } = await cruise(present, {
    ...configuration.options,
    ruleSet: { forbidden: configuration.forbidden },
    validate: true,
    baseDir: folder,
  });
  if (!isResult(output)) throw new Error("dependency-cruiser answered text instead of a result");
  const problems = output.summary.violations.map(({ rule, from, to, cycle }) => {
    const path = cycle === undefined ? to : cycle.map((step) => step.name).join(" → ");
    return `${rule.name}: ${from}${from === to ? "" : ` → ${path}`}`;
  });
  const known = new Set(sources);
  const seen = output.modules.filter((module) => known.has(module.source));
  const arrows = seen.reduce((sum, module) => sum + module.dependencies.length, 0);
  if (sources.length === 0 || seen.length < sources.length * seenAtLeast) {
    problems.push(`blind: dependency-cruiser saw ${seen.length} of ${sources.length} source files`);
  }
  // Files found by name but not parsed have no imports at all.
  if (arrows < seen.length * 0.5) problems.push(`blind: ${seen.length} files with only ${arrows} imports`);
  return { problems, modules: seen.length, arrows };
};

if (import.meta.main) {
  const { problems, modules, arrows } = await checkArchitecture(root);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.stdout.write(`${modules} files, ${arrows} imports, ${problems.length} problems\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
