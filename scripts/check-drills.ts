/** Checks that every drill can be read: rules and runbooks that exist, expectations that can be met, schedules that fire. */
import { shippedRules } from "../server/src/ops/detection/shipped-rules.ts";
import { DrillError } from "../server/src/ops/drills/document.ts";
import { readDrills } from "../server/src/ops/drills/library.ts";
import { readRunbooks } from "../server/src/ops/runbooks/library.ts";

try {
  const runbooks = await readRunbooks();
  const rules = new Map(shippedRules.map((rule) => [rule.slug, rule]));
  const drills = await readDrills({ rules, runbooks: new Set(runbooks.keys()) });
  const drilled = new Set([...drills.values()].map(({ expect }) => expect.runbook));
  const undrilled = [...runbooks.values()]
    .filter(({ kind, slug }) => kind === "emergency" && !drilled.has(slug))
    .map(({ slug }) => `runbooks/${slug}.md: no drill leads there`);
  for (const problem of undrilled) process.stdout.write(`${problem}\n`);
  process.stdout.write(`${drills.size} drills, ${undrilled.length} problems\n`);
  if (undrilled.length > 0) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof DrillError)) throw error;
  process.stdout.write(`${error.message}\n`);
  process.exitCode = 1;
}
