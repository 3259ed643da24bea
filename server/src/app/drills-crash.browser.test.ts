import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import type { DrillRun, JournalEntry } from "@orderwatch/shared/ops/drills.ts";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildBundles } from "../../test/browser.ts";
import { createTestDatabase, type TestDatabase } from "../../test/database.ts";
import { aDrill } from "../../test/drills/desk.ts";
import { openFaults, type PlantedFaults } from "../../test/planted-faults.ts";
import { eventually } from "../../test/poll.ts";
import { callJson, type Product, type Staff, startProduct } from "../../test/product.ts";
import { drillFaultPoints } from "../platform/faultpoint.ts";

let folder: string;
let faults: PlantedFaults;
let database: TestDatabase;
let client: pg.Client;
let product: Product;
let staff: Staff;

/** Its figures are read from rows, and its target needs no link: a console that has just started has both. */
const drill = aDrill({
  slug: "engine-killed",
  hypothesis: [{ figure: "paid_without_code", atMost: 10 }],
  faults: [{ kind: "attack", attack: "callback_forgery", perSecond: 1, atMost: 60 }],
  targets: { rules: ["callbacks-refused"], labels: {} },
  stop: [{ figure: "paid_without_code", above: 10, forS: 0 }],
  durationS: 12,
  afterS: 0,
});
beforeAll(async () => {
  await buildBundles();
  folder = await mkdtemp(join(tmpdir(), "drill-faults-"));
  faults = openFaults(folder);
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("insert into drills (slug, document, followed_to) values ($1, $2, now())", [
    drill.slug,
    JSON.stringify(drill),
  ]);
  product = await startProduct({ DATABASE_URL: database.url, FAULTS_DIR: folder });
  staff = await product.signIn();
}, 120_000);
afterAll(async () => {
  await product.stop();
  await client.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** The console dies again and again meanwhile. */
const ask = <T>(method: string, path: string, body?: unknown): Promise<T | undefined> =>
  staff.call<T>(method, path, body).catch(() => undefined);

async function runToItsEnd(): Promise<DrillRun> {
  const { id } = await eventually(
    "a run was taken",
    () => ask<DrillRun>("POST", `/api/drills/${drill.slug}/runs`, { mode: "rehearsal" }),
    60_000,
  );
  return await eventually(
    "the run ended",
    async () => {
      const run = await ask<DrillRun>("GET", `/api/drill-runs/${id}`);
      return run?.state === "scored" || run?.state === "aborted" ? run : undefined;
    },
    180_000,
  );
}

/** Plants what is to kill the engine on its way, and sees a run through. */
async function runWith(points: readonly (typeof drillFaultPoints)[number][]): Promise<DrillRun> {
  for (const point of points) faults.plant(point, { kind: "kill" });
  const run = await runToItsEnd();
  await eventually("the engine died at each of them", () => faults.planted().length === 0, 60_000);
  return run;
}

it("O8: kill −9 of the engine at any step of a drill leaves no fault behind, and every run comes to its end", async () => {
  const middle = drillFaultPoints.indexOf("drill.over");
  // The second begins at all only if nothing of the first is under way or wrong, and nothing kills it before its fault is over.
  const runs = [
    await runWith(drillFaultPoints.slice(0, middle)),
    await runWith(drillFaultPoints.slice(middle)),
  ];
  expect(runs[1]?.state).toBe("scored");
  for (const run of runs) {
    // Its lease has ended while the engine was away.
    if (run.state === "aborted") expect(run.ending).toMatchObject({ kind: "missing_data" });
    expect(run.faults.map(({ target }) => target)).toEqual(["sandbox"]);
    for (const fault of run.faults)
      expect(fault).toMatchObject({ state: "reverted", verifiedAt: expect.any(String) });
    await expectOnce(run);
  }

  // What the sandbox has ever held was written down before, and none of it acts any more.
  const { items } = await callJson<{ items: LeaseReport[] }>(`${product.sandboxUrl}/faults`);
  const known = runs.flatMap(({ faults }) => faults.map(({ lease }) => lease));
  expect(known).toEqual(expect.arrayContaining(items.map(({ id }) => id)));
  expect(items.filter(({ state }) => state === "active")).toEqual([]);
  const open = await staff.call<{ items: unknown[] }>("GET", "/api/incidents?state=open");
  expect(open.items).toEqual([]);
}, 400_000);

/** However often a step was begun anew, it happened once. */
async function expectOnce(run: DrillRun): Promise<void> {
  const { items } = await staff.call<{ items: JournalEntry[] }>("GET", `/api/drill-runs/${run.id}/journal`);
  const types = items.map(({ type }) => type);
  for (const once of ["run.begun", "hypothesis.held", "faults.injected", "faults.reverted", "run.scored"])
    expect(types.filter((type) => type === once).length, `${once} in ${types.join(", ")}`).toBeLessThan(2);
  const recorded = items.filter(({ type }) => type === "fault.recorded").map(({ facts }) => facts.lease);
  expect(recorded.toSorted()).toEqual(run.faults.map(({ lease }) => lease).toSorted());
}
