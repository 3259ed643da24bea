import { afterEach, describe, expect, it } from "vitest";
import { aDrill, openTestDrills, type TestDrills } from "../../../test/drills/desk.ts";
import { following } from "../../../test/drills/following.ts";
import type { DrillContext } from "./context.ts";
import { advance } from "./step-actions.ts";

let drills: TestDrills;
afterEach(() => drills.close());
const { until, journal } = following(() => drills);

const rounds = 12;

/** A console on the database of the others that sees no active node, whatever they see. */
function blind(): DrillContext {
  const context = drills.another();
  const { figures } = context;
  const read = figures.read.bind(figures);
  figures.read = (...asked) => ({ ...read(...asked), active_nodes: 0 });
  return context;
}

/** Lets both come to the run's row before either is served, in this order. */
async function together(run: string, first: DrillContext, second: DrillContext): Promise<void> {
  const waiting = async (count: number) => {
    const waiters = "select count(*)::int from pg_locks where not granted and pid <> pg_backend_pid()";
    while ((await drills.shop.value<number>(waiters)) < count);
  };
  const steps: Promise<void>[] = [];
  await drills.shop.db.transaction(async (sql) => {
    await sql.query("select from drill_runs where id = $1 for update", [run]);
    steps.push(advance(first));
    await waiting(1);
    steps.push(advance(second));
    await waiting(2);
  });
  await Promise.all(steps);
}

describe("O9: a drill", () => {
  it("of which one console sees the stop condition and another the end, in one instant, has one ending and one revert", async () => {
    drills = await openTestDrills([
      aDrill({ afterS: 0, stop: [{ figure: "active_nodes", below: 1, forS: 1 }] }),
    ]);
    await drills.seconds(10);
    const sees = blind();
    const endings = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const { id } = await drills.start();
      await until(id, "running");
      const { faultUntil } = await drills.read(id);
      const left = Math.ceil((Date.parse(faultUntil ?? "") - drills.shop.clock.now().getTime()) / 1_000);
      await drills.seconds(left - 1);
      await advance(sees);
      await drills.seconds(1, null);
      expect((await drills.read(id)).state).toBe("running");
      if (round % 2 === 0) await together(id, sees, drills.context);
      else await together(id, drills.context, sees);

      await drills.seconds(5);
      const run = await drills.read(id);
      const types = await journal(id);
      const ends = types.filter((type) => type === "run.ended_early" || type === "fault.time_over");
      expect(ends).toHaveLength(1);
      expect(run.ending?.kind ?? "time_over").toBe(
        ends[0] === "run.ended_early" ? "stop_condition" : "time_over",
      );
      expect(run.state).toBe(run.ending ? "aborted" : "scored");
      expect(types.filter((type) => type === "fault.reverted")).toHaveLength(1);
      endings.add(ends[0] ?? "");
    }
    expect(endings).toEqual(new Set(["run.ended_early", "fault.time_over"]));
  });
});
