import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { DrillList, DrillRun, DryRun } from "@orderwatch/shared/ops/drills.ts";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import type { Levers } from "@orderwatch/shared/ops/levers.ts";
import pg from "pg";
import { startEmbeddedPostgres } from "../../src/platform/embedded-postgres.ts";
import { createLog } from "../../src/platform/log.ts";
import { seededRandom } from "../../src/sandbox/shoppers/random.ts";
import { checkOrders, type Violation } from "../../src/shop/invariants/actions.ts";
import { buildBundles } from "../browser.ts";
import { putOnDuty } from "../on-duty.ts";
import { Refused, type Staff, startProduct } from "../product.ts";
import { createStaff } from "../staff-account.ts";
import { Player } from "./player.ts";
import { describe, failuresOf, type Result, summarize } from "./report.ts";
import { Responder } from "./responder.ts";
import { Support } from "./support.ts";

// Every shipped drill, or those named, one after the other against one running product, with whoever is on duty and in support
// played by the console's API alone. After each the rows are looked through by the checks of the crash campaign. It fails where one
// was not scored, a row is wrong, or the drill of a killed node scores less than it has to.

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
const asked: string[] = [];
const results: Result[] = [];
try {
  const admin = await product.signIn();
  const place = { databaseUrl: postgres.url, secretKey };
  const { staff } = await putOnDuty(product, place);
  const mei = { email: "mei@example.com", name: "Mei", role: "support" } as const;
  const agent = await createStaff(product, place, mei);
  const { items } = await admin.call<DrillList>("GET", "/api/drills");
  const slugs = positionals.length > 0 ? positionals : items.map(({ drill }) => drill.slug);
  await wait(warmMs);
  asked.push(...slugs);
  for (const slug of slugs) {
    const player = (who: Staff, offset: number) =>
      new Player(who, seededRandom(Number(values.seed) + offset));
    const responder = new Responder(player(staff, 0));
    const support = new Support(player(agent, 1), player(staff, 2));
    const played = await runDrill(admin, { responder, support }, slug);
    const result: Result =
      "never" in played
        ? { slug, ...played }
        : {
            slug,
            ...played,
            violations: await lookThrough(played.run),
            refused: [...responder.refused, ...support.refused],
            left: await leftBehind(admin),
          };
    results.push(result);
    print(describe(result));
  }
} finally {
  await product.stop();
  await sql.end();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
}
const path = values.report ?? join(tmpdir(), `orderwatch-drills-${values.seed}.json`);
await writeFile(path, `${JSON.stringify(results, null, 2)}\n`);
const failures = failuresOf(asked, results);
for (const failure of failures) print(failure);
print(`${summarize(results)}; ${path}`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** Begins one as soon as it may begin, and answers it until it is over; or why it never could begin. */
async function runDrill(
  admin: Staff,
  { responder, support }: { responder: Responder; support: Support },
  slug: string,
): Promise<{ run: DrillRun } | { never: string }> {
  const until = Date.now() + freeWithinMs;
  let begun: DrillRun | undefined;
  let why = "";
  while (!begun && Date.now() < until) {
    // What the last one left open is worked off as anything else.
    await responder.look("system-down");
    const { obstacles } = await admin.call<DryRun>("POST", `/api/drills/${slug}/dry-runs`, {});
    // What one drill spends of the error budget holds back schedules alone.
    const inTheWay = obstacles.filter(({ kind }) => kind !== "budget_spent" && kind !== "missing_data");
    why = inTheWay.map(({ detail }) => detail.en).join(", ");
    if (inTheWay.length > 0) {
      await wait(1_000);
      continue;
    }
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
    return { never: `${why}, open: ${items.map(({ title }) => title.en).join(", ")}` };
  }
  for (;;) {
    const run = await admin.call<DrillRun>("GET", `/api/drill-runs/${begun.id}`);
    if (ended.includes(run.state)) {
      await support.finish();
      return { run };
    }
    // Two desks, which do not wait for each other.
    await Promise.all([responder.look(run.drill.expect.runbook), support.look()]);
    await wait(500);
  }
}

/** Levers that are pulled once nothing is the matter any more. */
async function leftBehind(admin: Staff): Promise<string[]> {
  const { paused, maxUnits, limitFactor, shed } = await admin.call<Levers>("GET", "/api/levers");
  return [
    ...paused.map((method) => `${method} is paused`),
    ...(maxUnits === null && limitFactor === null ? [] : ["purchases are limited"]),
    ...(shed === "none" ? [] : [`${shed} is shed`]),
  ];
}

async function lookThrough(run: DrillRun): Promise<Violation[]> {
  const now = new Date();
  const from = new Date(Date.parse(run.injectedAt ?? run.plannedFor) - underWayMs);
  return await checkOrders(sql, { from, until: now, settledBy: new Date(now.getTime() - settledAfterMs) });
}
