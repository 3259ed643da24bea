import { declareBySystem } from "../../src/ops/incidents/actions.ts";
import type { TestDrills } from "./desk.ts";

/** What tests ask of the drills that are open now. */
export function following(drills: () => TestDrills) {
  return {
    /** Goes on until a run is in a state, at most so many seconds. */
    async until(id: string, state: string, atMost = 300) {
      for (let second = 0; second < atMost; second++) {
        const run = await drills().read(id);
        if (run.state === state) return run;
        await drills().seconds(1);
      }
      throw new Error(`the run never was ${state}: ${(await drills().read(id)).state}`);
    },
    /** The types of a run's entries. */
    journal: (id: string) =>
      drills().shop.value<string[]>(
        "select jsonb_agg(type order by seq) from drill_journal where run_id = $1",
        [id],
      ),
    leaseOf: async (id: string) => (await drills().read(id)).faults[0]?.lease ?? "",
    openIncidents: () =>
      drills().shop.value<number>(
        "select count(*)::int from incidents where state not in ('resolved', 'merged', 'false_alarm', 'reviewed')",
      ),
    /** Opens a real incident. */
    declare: (key = "real") =>
      drills().shop.db.transaction((sql) =>
        declareBySystem(drills().incidents, sql, {
          ...{ key, level: 2, title: { "zh-CN": "真的", en: "A real one" }, runbook: null },
        }),
      ),
  };
}
