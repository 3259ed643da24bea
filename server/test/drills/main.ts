import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { DrillList, DrillRun } from "@orderwatch/shared/ops/drills.ts";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import pg from "pg";
import { startEmbeddedPostgres } from "../../src/platform/embedded-postgres.ts";
import { createLog } from "../../src/platform/log.ts";
import { seededRandom } from "../../src/sandbox/shoppers/random.ts";
import { checkOrders, type Violation } from "../../src/shop/invariants/actions.ts";
import { buildBundles } from "../browser.ts";
import { putOnDuty } from "../on-duty.ts";
import { Refused, type Staff, startProduct } from "../product.ts";
import { Responder } from "./responder.ts";

// Every shipped drill, or those named, one after the other against one running product, with the person on duty played
// by the console's API alone. After each the rows are looked through by the checks of the crash campaign.

const print = (line: string) => process.stdout.write(`${line}\n`);
const ended = ["scored", "aborted", "skipped"];
/** What was due this long ago has been done. */
const settledAfterMs = 60_000;
/** Who ordered so long before a fault may have paid during it. */
const underWayMs = 15 * 60_000;
const warmMs = 25_000;
const freeWithinMs = 600_000;

const { values, positionals } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    report: { type: "string" },
  },
  allowPositionals: true,
});

interface Result {
  run: DrillRun;
  violations: Violation[];
  refused: readonly string[];
}

// Whoever breaks it off leaves no product behind: what is under way is thrown away, and everything is stopped.
const brokenOff = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => brokenOff.abort(new Error(`broken off by ${signal}`)));
const wait = (ms: number) => delay(ms, undefined, { signal: brokenOff.signal });

await buildBundles();
const dataDir = await mkdtemp(join(tmpdir(), "orderwatch-drills-"));
const postgres = await startEmbeddedPostgres({
  ...{ dataDir, durable: true, logger: createLog({ level: "fatal", name: "drills" }) },
});
const sql = new pg.Client({ connectionString: postgres.url });
await sql.connect();
const secretKey = randomBytes(24).toString("hex");
const product = await startProduct({
  ...{ DATA_DIR: dataDir, DATABASE_URL: postgres.url, SECRET_KEY: secretKey, LOG_LEVEL: "error" },
  SIMULATE: "6",
});
const results: Result[] = [];
try {
  const admin = await product.signIn();
  const { staff } = await putOnDuty(product, { databaseUrl: postgres.url, secretKey });
  const { items } = await admin.call<DrillList>("GET", "/api/drills");
  const slugs = positionals.length > 0 ? positionals : items.map(({ drill }) => drill.slug);
  await wait(warmMs);
  for (const slug of slugs) {
    const responder = new Responder(staff, seededRandom(Number(values.seed)));
    const run = await runDrill(admin, responder, slug);
    if (!run) continue;
    const violations = await lookThrough(run);
    results.push({ run, violations, refused: responder.refused });
    print(describe(run, violations));
  }
} finally {
  await product.stop();
  await sql.end();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
}
const path = values.report ?? join(tmpdir(), `orderwatch-drills-${values.seed}.json`);
await writeFile(path, `${JSON.stringify(results, null, 2)}\n`);
const scores = results.flatMap(({ run }) => (run.scorecard ? [run.scorecard.score] : []));
const broken = results.reduce((all, { violations }) => all + violations.length, 0);
print(
  `${scores.length} of ${results.length} scored, lowest ${Math.round(Math.min(...scores))}, ${broken} violations; ${path}`,
);
process.exitCode = broken === 0 && scores.length === results.length ? 0 : 1;

/** Begins one as soon as it may begin, and answers it until it is over; undefined when it never could begin. */
async function runDrill(admin: Staff, responder: Responder, slug: string): Promise<DrillRun | undefined> {
  const until = Date.now() + freeWithinMs;
  let begun: DrillRun | undefined;
  let why = "";
  while (!begun && Date.now() < until) {
    // What the last one left open is worked off as anything else.
    await responder.look("system-down");
    try {
      begun = await admin.call<DrillRun>("POST", `/api/drills/${slug}/runs`, { mode: "rehearsal" });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      why = error.problem.code;
      await wait(1_000);
    }
  }
  if (!begun) {
    const { items } = await admin.call<{ items: Incident[] }>("GET", "/api/incidents?state=open");
    print(`${slug.padEnd(24)} never began: ${why}, open: ${items.map(({ title }) => title.en).join(", ")}`);
    process.exitCode = 1;
    return undefined;
  }
  for (;;) {
    const run = await admin.call<DrillRun>("GET", `/api/drill-runs/${begun.id}`);
    if (ended.includes(run.state)) return run;
    await responder.look(run.drill.expect.runbook);
    await wait(500);
  }
}

async function lookThrough(run: DrillRun): Promise<Violation[]> {
  const now = new Date();
  const from = new Date(Date.parse(run.injectedAt ?? run.plannedFor) - underWayMs);
  return await checkOrders(sql, { from, until: now, settledBy: new Date(now.getTime() - settledAfterMs) });
}

function describe(run: DrillRun, violations: readonly Violation[]): string {
  const fact = (line: string, name: string) => {
    const value = run.scorecard?.lines.find((each) => each.line === line)?.facts[name];
    return value === null || value === undefined ? "–" : String(value);
  };
  const misses = (run.scorecard?.lines ?? [])
    .filter(({ points, ofPoints }) => points < ofPoints)
    .map(({ line, reason }) => `${line} (${reason.en})`);
  return [
    run.drill.slug.padEnd(24),
    `score ${run.scorecard ? Math.round(run.scorecard.score) : `– ${run.ending?.kind}: ${run.ending?.detail}`}`,
    `detected ${fact("detected", "tookS")} s`,
    `acknowledged ${fact("acknowledged", "tookS")} s`,
    `first step ${fact("first_step", "tookS")} s`,
    `mitigated ${fact("mitigated", "tookS")} s`,
    `page ${fact("page_delivered", "firstDeliveredS")} s`,
    `${violations.length} violations`,
    ...(misses.length > 0 ? [`missed: ${misses.join("; ")}`] : []),
  ].join("  ");
}
