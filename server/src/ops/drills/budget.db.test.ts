import { afterEach, expect, it } from "vitest";
import { aDrill, openTestDrills, staffOf, type TestDrills } from "../../../test/drills/desk.ts";
import { anHour } from "../../../test/drills/hour.ts";
import { dryRun } from "./run-actions.ts";
import { changeDrill, planDue } from "./schedule-actions.ts";

let drills: TestDrills;
afterEach(() => drills.close());

/** What became of the run that its schedule asks for on the next full hour, with such an hour behind it. */
async function scheduled(hour: TestDrills["hour"]): Promise<string> {
  const window = { from: "00:00", until: "23:59" };
  const schedule = { cron: "0 * * * *", timeZone: "Asia/Shanghai", window };
  drills = await openTestDrills([aDrill({ schedule })]);
  await drills.seconds(10);
  await changeDrill(drills.context, staffOf("ann"), "supplier-down", { scheduled: true });
  drills.hour = hour;
  const { clock } = drills.shop;
  clock.advance(3_600_000 - (clock.now().getTime() % 3_600_000) - 15_000);
  for (let second = 0; second < 30; second++) {
    await drills.seconds(1);
    await planDue(drills.context);
  }
  return await drills.shop.value<string>("select coalesce(ending, state) from drill_runs");
}

it("O9: a scheduled drill is skipped when the last hour's error budget is spent", async () => {
  expect(await scheduled(anHour({ placed: 40, refused: { "server.busy": 2 } }))).toBe("budget_spent");
});

it("O9: a scheduled drill is skipped when the last hour is not known", async () => {
  expect(await scheduled(anHour({ placed: 40, silent: 40 }))).toBe("missing_data");
});

it("a scheduled drill begins with an hour behind it that is known and well", async () => {
  expect(await scheduled(anHour({ placed: 40 }))).toBe("running");
});

const anyone = { id: "ann", mayApprove: true };

it("a dry run says how many buyers a fault would meet that asks no radius, and nothing of it happens", async () => {
  drills = await openTestDrills([aDrill({ faults: [{ kind: "kill", node: "active" }] })]);
  await drills.seconds(10);
  drills.hour = anHour({ placed: 40, simulated: 30 });
  // 5 orders a second for a minute, a quarter of them buyers'.
  expect(await dryRun(drills.context, "supplier-down", anyone)).toMatchObject({
    ...{ orders: 300, buyers: 75, obstacles: [] },
  });
  expect(drills.target.granted).toEqual([]);
  drills.hour = anHour({ placed: 40, silent: 60 });
  expect(await dryRun(drills.context, "supplier-down", anyone)).toMatchObject({ buyers: 300, obstacles: [] });
});
