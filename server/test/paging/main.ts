import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildBundles } from "../browser.ts";
import { runStorm } from "./storm.ts";

const print = (line: string) => process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    pages: { type: "string", default: "10000" },
    kills: { type: "string", default: "120" },
    people: { type: "string" },
    hurry: { type: "boolean", default: false },
    report: { type: "string" },
  },
});
const [seed, pages, kills] = [Number(values.seed), Number(values.pages), Number(values.kills)];
const people = Number(values.people ?? Math.max(20, Math.round(pages / 10)));
print(`seed ${seed}: ${pages} pages to ${people} people, ${kills} kills of two consoles`);
print(
  `again: npm run page-storm -- --seed ${seed} --pages ${pages} --kills ${kills} --people ${people}${values.hurry ? " --hurry" : ""}`,
);

await buildBundles();
const report = await runStorm({ seed, pages, kills, people, hurry: values.hurry, print });
const path = values.report ?? join(tmpdir(), `orderwatch-pages-${seed}.json`);
await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
print(JSON.stringify({ ...report, violations: report.violations.length }, null, 2));
for (const { invariant, what, count, samples } of report.violations)
  print(`✗ ${invariant}: ${what} (${count})  ${JSON.stringify(samples[0])}`);
print(
  `${report.raised} raised, ${report.pages} pages, ${report.kills} kills, ${report.duplicates.pages} pages taken twice by one company, ${report.violations.length} violations; ${path}`,
);
process.exitCode = report.violations.length === 0 ? 0 : 1;
