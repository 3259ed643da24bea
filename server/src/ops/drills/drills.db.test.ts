import { afterEach, describe, expect, it } from "vitest";
import { aDrill, openTestDrills, staffOf, type TestDrills } from "../../../test/drills/desk.ts";
import { following } from "../../../test/drills/following.ts";
import { listAudit } from "../audit/actions.ts";
import { incidentOpened, runOfAlert } from "./attribution-actions.ts";
import { addFollowUp, markFollowUp } from "./follow-up-actions.ts";
import { abortRun, approveRun, engageStop, releaseStop, startRun } from "./run-actions.ts";
import { changeDrill, planDue } from "./schedule-actions.ts";
import { advance } from "./step-actions.ts";

let drills: TestDrills;
afterEach(() => drills.close());

const open = async (...given: Parameters<typeof openTestDrills>) => {
  drills = await openTestDrills(...given);
  // Figures want half of their window before they say anything.
  await drills.seconds(10);
  return drills;
};
const { until, journal, leaseOf, declare } = following(() => drills);

describe("a run", () => {
  it("goes its whole way: hypothesis, fault, reverting, verifying, settling, scored", async () => {
    await open();
    const { id } = await drills.start();
    const scored = await until(id, "scored");
    expect(await journal(id)).toEqual([
      ...["run.requested", "run.begun", "hypothesis.held", "fault.recorded", "fault.injected"],
      ...["faults.injected", "fault.time_over", "fault.reverted", "faults.reverted", "hypothesis.held_again"],
      "run.scored",
    ]);
    expect(scored.faults).toMatchObject([{ state: "reverted", target: "shop-1" }]);
    expect(scored.ending).toBeNull();
    expect(drills.target.granted).toHaveLength(1);
  });

  it("does not begin when what it believes does not hold even now", async () => {
    await open([aDrill({ hypothesis: [{ figure: "placed_rate", atLeast: 100 }] })]);
    const { id } = await drills.start();
    expect(await until(id, "aborted")).toMatchObject({ ending: { kind: "hypothesis_failed" }, faults: [] });
  });

  it("is announced as it begins and as it ends, also where somebody ends it while people finish", async () => {
    await open();
    const { id } = await drills.start();
    await until(id, "settling");
    expect(drills.announced).toEqual(["begun checking"]);
    await abortRun(drills.context, staffOf("ann"), id, "we have seen enough");
    expect(drills.announced).toEqual(["begun checking", "ended aborted"]);
    const second = await drills.start();
    await until(second.id, "running");
    await abortRun(drills.context, staffOf("ann"), second.id, "enough");
    await until(second.id, "aborted");
    expect(drills.announced.slice(2)).toEqual(["begun checking", "ended aborted"]);
  });

  it("is followed up by what people note and mark as done, each in the audit log", async () => {
    await open();
    const { id } = await drills.start();
    const ann = staffOf("ann");
    const { id: actionId } = await addFollowUp(drills.context, ann, id, { text: "Page the supplier sooner" });
    await markFollowUp(drills.context, ann, { id, actionId }, { done: true });
    const { items } = await listAudit(drills.context, { limit: 2, targetId: id });
    expect(items.map(({ action, facts }) => [action, facts.followUp])).toEqual([
      ["drill.followUpDone", actionId],
      ["drill.followUpAdded", actionId],
    ]);
  });

  it("is a journal that nobody can change", async () => {
    await open();
    await drills.start();
    await expect(drills.shop.db.sql.query("delete from drill_journal")).rejects.toThrow("append-only");
  });
});

describe("O9: a drill", () => {
  it("never starts while an incident is open", async () => {
    await open();
    const { id } = await startRun(drills.context, staffOf("ann"), "supplier-down", {
      ...{ mode: "rehearsal", at: new Date(drills.shop.clock.now().getTime() + 5_000).toISOString() },
    });
    await declare();
    await drills.seconds(10);
    expect(await drills.read(id)).toMatchObject({ state: "skipped", ending: { kind: "incident_open" } });
    await expect(drills.start()).rejects.toMatchObject({ code: "drill.conflict" });
  });

  it("and an incident that open at the same moment: whichever is first is seen by the other", async () => {
    await open();
    const { db } = drills.shop;
    const at = new Date(drills.shop.clock.now().getTime() + 1_000).toISOString();
    const { id } = await startRun(drills.context, staffOf("ann"), "supplier-down", { mode: "rehearsal", at });
    drills.shop.clock.advance(2_000);
    let began = Promise.resolve();
    await db.transaction(async (sql) => {
      expect(
        await runOfAlert(drills.shop, sql, { rule: "supplier-failing", labels: {}, memoryS: 0 }),
      ).toBeUndefined();
      began = advance(drills.context);
      // It waits for this transaction, as the lock table shows.
      while (
        (await drills.shop.value<number>(
          "select count(*)::int from pg_locks where locktype = 'advisory' and not granted",
        )) === 0
      );
      await sql.query(
        `insert into incidents (id, level, state, title, labels, scope, started_at, opened_at, scanned_to, changed_at)
          values ($1, 2, 'detected', '{"zh-CN":"a","en":"a"}', '{}', '{"failures":[]}', now(), now(), now(), now())`,
        [drills.shop.newId()],
      );
    });
    await began;
    expect(await drills.read(id)).toMatchObject({ state: "skipped", ending: { kind: "incident_open" } });
  });

  it("stops at its stop condition, and what is missing counts as one", async () => {
    await open();
    const first = await drills.start();
    await until(first.id, "running");
    drills.live = { activeNodes: 0 };
    await drills.seconds(3);
    expect(await drills.read(first.id)).toMatchObject({ state: "running" });
    await drills.seconds(1);
    expect(await drills.read(first.id)).toMatchObject({
      ...{ state: "reverting", ending: { kind: "stop_condition" } },
    });
    drills.live = { activeNodes: 1 };
    await until(first.id, "aborted");

    const second = await drills.start();
    await until(second.id, "running");
    drills.live = null;
    await drills.seconds(12);
    expect(await drills.read(second.id)).toMatchObject({ ending: { kind: "missing_data" } });
    expect(drills.target.book.report(await leaseOf(second.id)).state).toBe("reverted");
  });

  it("ends when its target has been left alone, or when it touches more than its radius", async () => {
    await open();
    const first = await drills.start();
    await until(first.id, "running");
    await drills.target.die();
    await drills.seconds(1);
    expect(await drills.read(first.id)).toMatchObject({ ending: { kind: "missing_data" } });
    await until(first.id, "aborted");

    const second = await drills.start();
    await until(second.id, "running");
    drills.target.touched = () => ({ orders: 101, buyers: 0, passes: 101 });
    await drills.seconds(1);
    expect(await drills.read(second.id)).toMatchObject({ ending: { kind: "radius_exceeded" } });
  });

  it("is not ended by a lease that is over in the last second of its time", async () => {
    await open();
    const { id } = await drills.start();
    await until(id, "running");
    const { faultUntil } = await drills.read(id);
    const { clock } = drills.shop;
    await drills.seconds(Math.ceil((Date.parse(faultUntil ?? "") - clock.now().getTime()) / 1_000) - 1);
    clock.advance(990);
    await drills.target.die();
    await advance(drills.context);
    expect(await drills.read(id)).toMatchObject({ state: "running", ending: null });
    await drills.seconds(1);
    expect(await journal(id)).toContain("fault.time_over");
  });

  it("owns alerts whose labels lie within its targets, and any other incident ends it", async () => {
    await open([
      aDrill({ targets: { rules: ["supplier-failing", "node-dead"], labels: { node: ["shop-1"] } } }),
    ]);
    const { db, newId } = drills.shop;
    const { id } = await drills.start();
    const ask = (rule: string, labels: Record<string, string>, memoryS = 0) =>
      db.transaction((sql) => runOfAlert(drills.shop, sql, { rule, labels, memoryS }));
    expect(await ask("supplier-failing", {})).toBeUndefined();
    await until(id, "running");
    expect(await ask("supplier-failing", {})).toMatchObject({ id });
    expect(await ask("node-dead", { node: "shop-1" })).toMatchObject({ id });
    expect(await ask("node-dead", { node: "shop-2" })).toBeUndefined();
    expect(await ask("supplier-failing", { channel: "alipay" })).toBeUndefined();
    expect(await ask("queue-lag", {})).toBeUndefined();
    const opened = (isDrill: boolean) => {
      const incident = { id: newId(), number: 7, what: "it", key: null };
      return db.transaction((sql) => incidentOpened(drills.context, sql, incident, isDrill ? id : null));
    };
    await opened(true);
    expect(await drills.read(id)).toMatchObject({ state: "running", incidentIds: [expect.any(String)] });
    await opened(false);
    expect(await drills.read(id)).toMatchObject({ state: "reverting", ending: { kind: "foreign_alert" } });
  });

  it("owns an alert after its end, too, for as long as the alert's rule remembers, and the next drill goes on", async () => {
    await open([
      aDrill({ afterS: 0 }),
      aDrill({ slug: "another", targets: { rules: ["queue-lag"], labels: {} } }),
    ]);
    const { db, newId } = drills.shop;
    const first = await drills.start();
    await until(first.id, "scored");
    const second = await drills.start("rehearsal", "another");
    await until(second.id, "running");
    const ask = (memoryS: number) =>
      db.transaction((sql) =>
        runOfAlert(drills.shop, sql, { rule: "supplier-failing", labels: {}, memoryS }),
      );
    expect(await ask(0)).toBeUndefined();
    expect(await ask(300)).toMatchObject({ id: first.id });
    const incident = { id: newId(), number: 8, what: "it", key: null };
    await db.transaction((sql) => incidentOpened(drills.context, sql, incident, first.id));
    expect(await drills.read(first.id)).toMatchObject({ incidentIds: [incident.id] });
    expect(await drills.read(second.id)).toMatchObject({ state: "running", incidentIds: [] });
    drills.shop.clock.advance(3_600_000);
    expect(await ask(86_400)).toBeUndefined();
  });

  it("fires once, however many consoles follow its schedule, and what was missed is skipped", async () => {
    const window = { from: "00:00", until: "23:59" };
    const schedule = { cron: "0 * * * *", timeZone: "Asia/Shanghai", window };
    await open([aDrill({ schedule })]);
    await changeDrill(drills.context, staffOf("ann"), "supplier-down", { scheduled: true });
    drills.shop.clock.advance(3 * 3_600_000);
    const consoles = [drills.context, drills.another(), drills.another()];
    await Promise.all(consoles.map(planDue));
    await Promise.all(consoles.map(planDue));
    const rows = await drills.shop.value<string[]>(
      "select jsonb_agg(coalesce(ending, state) order by planned_for) from drill_runs",
    );
    expect(rows).toHaveLength(3);
    expect(rows.slice(0, 2)).toEqual(["too_late", "too_late"]);
    const moments = await drills.shop.value<number>(
      "select count(distinct planned_for)::int from drill_runs",
    );
    expect(moments).toBe(3);
  });

  it("that its schedule asks for and people must approve is planned a day ahead, once, and who may approve is asked", async () => {
    const window = { from: "00:00", until: "23:59" };
    const schedule = { cron: "0 * * * *", timeZone: "Asia/Shanghai", window };
    await open([aDrill({ schedule, faults: [{ kind: "kill", node: "active" }] })], false);
    const { context, shop } = drills;
    await changeDrill(context, staffOf("ann"), "supplier-down", { scheduled: true });
    const consoles = [context, drills.another()];
    for (let look = 0; look < 4; look++) await Promise.all(consoles.map(planDue));
    expect(drills.announced).toEqual(Array(24).fill("awaited awaiting_approval"));
    const coming = await shop.value<{ id: string; planned_for: string }[]>(
      "select jsonb_agg(jsonb_build_object('id', id, 'planned_for', planned_for) order by planned_for) from drill_runs",
    );
    expect(coming).toHaveLength(24);
    const [first, second] = coming;
    if (!first || !second) throw new Error("nothing is planned");
    for (const each of [first, second])
      for (const name of ["ann", "bob"]) await approveRun(context, staffOf(name), each.id);
    shop.clock.advance(Date.parse(first.planned_for) - shop.clock.now().getTime() - 12_000);
    await drills.seconds(15);
    await until(first.id, "running");
    await abortRun(context, staffOf("ann"), first.id, "enough");
    await until(first.id, "aborted");

    await changeDrill(context, staffOf("ann"), "supplier-down", { scheduled: false });
    shop.clock.advance(Date.parse(second.planned_for) - shop.clock.now().getTime());
    await drills.seconds(2);
    expect(await drills.read(second.id)).toMatchObject({
      ...{ state: "skipped", ending: { kind: "outside_window", detail: "its schedule is paused" } },
    });
  });

  it("ends with all others at one stop, and none begins until it is released", async () => {
    await open();
    const { id } = await drills.start();
    await until(id, "running");
    await engageStop(drills.context, staffOf("bob"), "customers complain");
    expect(await drills.read(id)).toMatchObject({ state: "reverting", ending: { kind: "stop_all" } });
    await until(id, "aborted");
    await expect(drills.start()).rejects.toMatchObject({ code: "drill.stopped" });
    await releaseStop(drills.context, staffOf("bob"));
    expect((await drills.start()).state).toBe("planned");
  });

  it("that is a surprise, or touches everybody outside the demo, wants two different people", async () => {
    await open([aDrill({ faults: [{ kind: "kill", node: "active" }] })], false);
    const { id } = await drills.start();
    expect(await drills.read(id)).toMatchObject({ state: "awaiting_approval", approvalsNeeded: 2 });
    await drills.seconds(3);
    await expect(approveRun(drills.context, staffOf("ann"), id)).rejects.toMatchObject({
      code: "drill.conflict",
    });
    expect((await drills.read(id)).state).toBe("awaiting_approval");
    await approveRun(drills.context, staffOf("bob"), id);
    await until(id, "running");
  });
});
