import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildBundles } from "../browser.ts";
import { runCampaign } from "./campaign.ts";
import { whyFailed } from "./verdict.ts";

const print = (line: string) => process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    kills: { type: "string", default: "200" },
    orders: { type: "string", default: "100000" },
    buyers: { type: "string", default: "64" },
    redis: { type: "boolean", default: false },
    hurry: { type: "boolean", default: false },
    report: { type: "string" },
  },
});
const seed = Number(values.seed);
const kills = Number(values.kills);
const orders = Number(values.orders);
const mode = values.redis ? "redis" : "postgres";
print(`seed ${seed}: ${kills} kills over ${orders} orders, queue on ${mode}`);
const flags = (["redis", "hurry"] as const).map((flag) => (values[flag] ? ` --${flag}` : "")).join("");
print(
  `again: npm run crash -- --seed ${seed} --kills ${kills} --orders ${orders} --buyers ${values.buyers}${flags}`,
);

// Whoever has seen enough is told what that came to; whoever breaks it off leaves no product behind.
const enough = new AbortController();
const brokenOff = new AbortController();
process.once("SIGTERM", () => brokenOff.abort(new Error("broken off by SIGTERM")));
let interruptedAt: number | undefined;
process.on("SIGINT", () => {
  // What starts this may pass the same signal on once more.
  if (interruptedAt !== undefined && performance.now() - interruptedAt > 500)
    brokenOff.abort(new Error("broken off by SIGINT"));
  if (interruptedAt === undefined)
    print("no order is begun any more; what was begun is settled and checked (once more: broken off)");
  interruptedAt ??= performance.now();
  enough.abort();
});

await buildBundles();
const report = await runCampaign({
  seed,
  kills,
  orders,
  redis: values.redis,
  buyers: Number(values.buyers),
  hurry: values.hurry,
  enough: enough.signal,
  signal: brokenOff.signal,
  print,
}).catch((error: unknown) => {
  if (!brokenOff.signal.aborted) throw error;
  print(`✗ the campaign was ${brokenOff.signal.reason.message}; its product is stopped`);
  // Its buyers know nothing of it and would go on.
  process.exit(1);
});
const path = values.report ?? join(tmpdir(), `orderwatch-crash-${mode}-${seed}.json`);
await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
print(JSON.stringify({ ...report, violations: report.violations.length }, null, 2));
for (const { invariant, what, count, samples } of report.violations)
  print(`✗ ${invariant}: ${what} (${count})  ${JSON.stringify(samples[0])}`);
print(`${report.kills} kills, ${report.accepted} orders, ${report.violations.length} violations; ${path}`);
const reasons = whyFailed(report, { kills, orders });
for (const reason of reasons) print(`✗ the campaign failed: ${reason}`);
process.exitCode = reasons.length === 0 ? 0 : 1;
