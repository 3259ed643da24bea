import { afterEach, describe, expect, it } from "vitest";
import { aDrill, openTestDrills, staffOf, type TestDrills } from "../../../test/drills/desk.ts";
import { following } from "../../../test/drills/following.ts";
import { eventually } from "../../../test/poll.ts";
import { runOfAlert } from "./attribution-actions.ts";
import { rules } from "./domain.ts";
import { reapOrphans } from "./revert-actions.ts";
import { abortRun, engageStop } from "./run-actions.ts";

let drills: TestDrills;
afterEach(() => drills.close());

const open = async (...given: Parameters<typeof openTestDrills>) => {
  drills = await openTestDrills(...given);
  // Figures want half of their window before they say anything.
  await drills.seconds(10);
  return drills;
};
const { until, journal, leaseOf, openIncidents, declare } = following(() => drills);

describe("O8: a fault", () => {
  it("ends by itself within its lease when the engine dies", async () => {
    await open();
    const { id } = await drills.start();
    await until(id, "running");
    const lease = await leaseOf(id);
    expect(drills.target.book.report(lease).state).toBe("active");
    // Nobody renews it from here on; the target alone knows when it is over.
    await eventually("the fault is over", () => drills.target.book.report(lease).state === "expired", 15_000);
    await drills.seconds(1);
    expect(await drills.read(id)).toMatchObject({ ending: { kind: "missing_data" } });
  });

  it("is written down before it is granted, and an engine that comes back takes it away", async () => {
    await open();
    const { id } = await drills.start();
    drills.target.isAway = true;
    // It cannot be asked, so that injecting fails with the fault recorded: nobody knows whether it is out.
    await until(id, "reverting");
    expect((await drills.read(id)).faults).toMatchObject([{ state: "recorded" }]);
    drills.target.isAway = false;
    await drills.seconds(1, drills.another());
    expect((await drills.read(id)).faults).toMatchObject([{ state: "reverted" }]);
  });

  it("that cannot be taken back opens an incident of level 1, once", async () => {
    await open();
    const { id } = await drills.start();
    await until(id, "running");
    drills.target.isAway = true;
    const run = await until(id, "aborted", 400);
    expect(run).toMatchObject({ ending: { kind: "revert_failed" }, faults: [{ state: "failed" }] });
    await drills.seconds(5);
    expect(
      await drills.shop.value<number[]>("select jsonb_agg(level) from incidents where group_key = $1", [
        `drill-revert:${id}`,
      ]),
    ).toEqual([1]);
  });

  it("of a target that does not let go of it opens an incident of level 1, and is not believed to be gone", async () => {
    await open();
    const { id } = await drills.start();
    await until(id, "running");
    drills.target.isStubborn = true;
    await abortRun(drills.context, staffOf("ann"), id, "enough");
    await drills.seconds(40);
    expect(await drills.read(id)).toMatchObject({
      ...{ state: "verifying", ending: { kind: "revert_failed" } },
      faults: [{ state: "failed", verifiedAt: null }],
    });
    expect(await openIncidents()).toBe(1);
    // Seen to be over after all, it is believed; it stays what it was called.
    await drills.target.die();
    expect(await until(id, "aborted")).toMatchObject({
      ...{ ending: { kind: "revert_failed" }, faults: [{ state: "failed", verifiedAt: expect.any(String) }] },
    });
  });

  it("that is over by the book is looked at where it acts, until that is over too or an incident of level 1 is open", async () => {
    await open();
    const first = await drills.start();
    await until(first.id, "running");
    drills.target.lingers = true;
    await until(first.id, "verifying");
    await drills.seconds(20);
    expect(await drills.read(first.id)).toMatchObject({
      ...{ state: "verifying", ending: null, faults: [{ state: "reverted", verifiedAt: null }] },
    });
    drills.target.lingers = false;
    await until(first.id, "scored");

    const second = await drills.start();
    await until(second.id, "running");
    drills.target.lingers = true;
    expect(await until(second.id, "aborted")).toMatchObject({
      ...{ ending: { kind: "revert_failed", detail: "supplier on shop-1" } },
      faults: [{ state: "reverted", verifiedAt: null }],
    });
    expect(await openIncidents()).toBe(1);
  });

  it("is not believed to be gone before what was believed holds again", async () => {
    await open();
    const { id } = await drills.start();
    await until(id, "running");
    await abortRun(drills.context, staffOf("ann"), id, "enough");
    drills.live = { activeNodes: 0 };
    await until(id, "verifying");
    await drills.seconds(rules.verifyWithinMs / 1_000 + 2);
    expect(await drills.read(id)).toMatchObject({ state: "aborted", ending: { kind: "revert_failed" } });
    expect(await openIncidents()).toBe(1);
    const types = await journal(id);
    expect(types.filter((type) => type === "revert.failed")).toHaveLength(1);
    expect(types).not.toContain("incident.foreign");
    // What is still out is nobody's fault but a real one from here on.
    expect(
      await drills.shop.db.transaction((sql) =>
        runOfAlert(drills.shop, sql, { rule: "supplier-failing", labels: {}, memoryS: 300 }),
      ),
    ).toBeUndefined();
  });

  it("goes on being taken back and looked at when everything is stopped, or a real incident opens, meanwhile", async () => {
    await open();
    const { id } = await drills.start();
    await until(id, "verifying");
    await declare();
    await engageStop(drills.context, staffOf("bob"), "customers complain");
    expect(await drills.read(id)).toMatchObject({ state: "verifying", ending: { kind: "foreign_alert" } });
    expect(await until(id, "aborted")).toMatchObject({
      ...{ ending: { kind: "foreign_alert" }, faults: [{ verifiedAt: expect.any(String) }] },
    });
  });

  it("that was not granted yet never is, once everything is stopped", async () => {
    const faults = [
      { kind: "kill" as const, node: "shop-1" },
      { kind: "kill" as const, node: "shop-2" },
    ];
    await open([aDrill({ faults })]);
    const { target, context } = drills;
    const { grant } = target;
    target.grant = async (...asked) => {
      const report = await grant(...asked);
      await engageStop(context, staffOf("bob"), "customers complain");
      return report;
    };
    const { id } = await drills.start();
    await until(id, "reverting");
    expect(target.granted).toHaveLength(1);
    const over = await until(id, "aborted");
    expect(target.granted).toHaveLength(1);
    expect(over).toMatchObject({
      ending: { kind: "stop_all" },
      faults: [{ state: "reverted" }, { state: "reverted" }],
    });
  });

  it("that was taken back while its grant was under way is not called injected again", async () => {
    await open();
    const { target } = drills;
    const { grant } = target;
    target.grant = async (...asked) => {
      const report = await grant(...asked);
      await engageStop(drills.context, staffOf("bob"), "customers complain");
      await drills.seconds(1, drills.another());
      return report;
    };
    const { id } = await drills.start();
    await until(id, "verifying");
    expect((await drills.read(id)).faults).toMatchObject([{ state: "reverted" }]);
    expect(await journal(id)).not.toContain("fault.injected");
    expect(target.book.report(await leaseOf(id)).state).toBe("reverted");
  });

  it("of a run that is over is reaped", async () => {
    await open();
    const { id } = await drills.start();
    await until(id, "running");
    await drills.shop.db.sql.query("update drill_runs set state = 'aborted' where id = $1", [id]);
    await reapOrphans(drills.another());
    expect(drills.target.book.report(await leaseOf(id)).state).toBe("reverted");
    expect((await drills.read(id)).faults).toMatchObject([{ state: "reverted" }]);
  });
});
