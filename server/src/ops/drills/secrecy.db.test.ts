import { afterEach, expect, it } from "vitest";
import { openTestDrills, staffOf, type TestDrills } from "../../../test/drills/desk.ts";
import { listOpen } from "../incidents/actions.ts";
import { incidentOpened } from "./attribution-actions.ts";
import { abortRun, approveRun } from "./run-actions.ts";

let drills: TestDrills;
afterEach(() => drills.close());

/** Begins a drill with an incident of its own; what others see of that. */
async function cause(mode: "rehearsal" | "surprise") {
  drills = await openTestDrills();
  await drills.seconds(10);
  const { id } = await drills.start(mode);
  if (mode === "surprise") await approveRun(drills.context, staffOf("bob"), id);
  await drills.seconds(5);
  const { db, newId } = drills.shop;
  const title = { "zh-CN": "供货商失败", en: "The supplier fails" };
  await db.sql.query(
    `insert into incidents (id, level, state, title, labels, scope, drill, started_at, opened_at, scanned_to, changed_at)
      values ($1, 2, 'detected', $2, '{}', '{}', true, now(), now(), now(), now())`,
    [newId(), JSON.stringify(title)],
  );
  const [incident] = await listOpen(drills.incidents);
  if (!incident) throw new Error("no incident is open");
  const ownAlert = { rule: "supplier-failing", labels: {}, memoryS: 0 };
  await incidentOpened(drills.shop, db.sql, { ...incident, what: title.en }, ownAlert);
  return { run: id, isDrill: async () => (await listOpen(drills.incidents)).map(({ drill }) => drill) };
}

it("an incident of a rehearsal is shown as a drill's at once", async () => {
  const { isDrill } = await cause("rehearsal");
  expect(await isDrill()).toEqual([true]);
});

it("an incident of a surprise passes for a real one until the run is over", async () => {
  const { run, isDrill } = await cause("surprise");
  expect(await isDrill()).toEqual([false]);
  await abortRun(drills.context, staffOf("ann"), run, "enough");
  await drills.seconds(5);
  expect((await drills.read(run)).state).toBe("aborted");
  expect(await isDrill()).toEqual([true]);
});
