import { afterEach, describe, expect, it } from "vitest";
import { openTestDrills, type TestDrills, TestTarget } from "../../test/drills/desk.ts";
import { openDrillRounds } from "./drill-rounds.ts";

let drills: TestDrills;
const targets: TestTarget[] = [];
afterEach(async () => {
  for (const target of targets.splice(0)) await target.book.close();
  await drills.close();
});

/** A console with leases of its own, as each has for its probes. */
function aConsole() {
  const target = new TestTarget(drills.shop);
  targets.push(target);
  return { target, ...openDrillRounds({ ...drills.another(), targets: target }) };
}

describe("O9: of several consoles", () => {
  it("one leads the drills, so that none misses at itself what another has granted", async () => {
    drills = await openTestDrills();
    const consoles = [aConsole(), aConsole(), aConsole()];
    const seconds = async (count: number) => {
      for (let second = 0; second < count; second++) {
        await drills.seconds(1, null);
        await Promise.all(consoles.map((each) => each.second()));
      }
    };
    await seconds(10);
    const { id } = await drills.start();
    await seconds(30);
    expect(await drills.read(id)).toMatchObject({ state: "running", ending: null });
    expect(consoles.flatMap(({ target }) => target.granted)).toHaveLength(1);
    await seconds(100);
    expect(await drills.read(id)).toMatchObject({ state: "scored", ending: null });
  });

  it("another leads once the one that did is gone, and takes back at once what was left behind", async () => {
    drills = await openTestDrills();
    const first = aConsole();
    for (let second = 0; second < 12; second++) {
      await drills.seconds(1, null);
      await first.second();
    }
    const { id } = await drills.start();
    for (let second = 0; second < 4; second++) {
      await drills.seconds(1, null);
      await first.second();
    }
    expect((await drills.read(id)).faults).toMatchObject([{ state: "injected" }]);
    await drills.shop.db.sql.query("update drill_runs set state = 'aborted' where id = $1", [id]);
    const second = aConsole();
    await second.second();
    expect((await drills.read(id)).faults).toMatchObject([{ state: "injected" }]);

    // As if nobody had renewed it for long enough.
    await drills.shop.db.sql.query("update detection_lease set until = now() - interval '1 s'");
    await second.second();
    expect((await drills.read(id)).faults).toMatchObject([{ state: "reverted" }]);
    await second.leave();
    expect(await drills.shop.value<number>("select count(*)::int from detection_lease")).toBe(0);
  });
});
