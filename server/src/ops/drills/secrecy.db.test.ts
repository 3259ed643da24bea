import type { DrillsSnapshot } from "@orderwatch/shared/ops/drill-sockets.ts";
import type { DrillRun } from "@orderwatch/shared/ops/drills.ts";
import { io as connect } from "socket.io-client";
import { afterEach, expect, it, onTestFinished } from "vitest";
import { openTestDrills, staffOf, type TestDrills } from "../../../test/drills/desk.ts";
import { listenRealtime } from "../../../test/live.ts";
import { eventually } from "../../../test/poll.ts";
import { listAudit } from "../audit/actions.ts";
import { listOpen } from "../incidents/actions.ts";
import { incidentOpened } from "./attribution-actions.ts";
import { abortRun, approveRun, dryRun, startRun } from "./run-actions.ts";
import { serveDrills } from "./sockets.ts";
import { listDrills, listRuns, readJournal, readRun } from "./views-actions.ts";

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
  await incidentOpened(drills.context, db.sql, { ...incident, what: title.en, key: null }, id);
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

it("a surprise is known to whoever asked for it or approved it alone, by API and sockets, until it is over", async () => {
  drills = await openTestDrills();
  await drills.seconds(10);
  const { context } = drills;
  const sees = async (id: string, run: string) => {
    const viewer = { id, mayApprove: true };
    const { items, running } = await listDrills(context, viewer);
    const known = await listRuns(context, viewer, { limit: 10 });
    const seen = [
      known.items.some((each) => each.id === run),
      items.some(({ last }) => last?.id === run),
      await readRun(context, viewer, run).then(
        () => true,
        () => false,
      ),
      await readJournal(context, viewer, run).then(
        () => true,
        () => false,
      ),
    ];
    return { seen: new Set(seen), running: running.length };
  };
  const realtime = await listenRealtime({
    authenticate: async ({ authorization }) => ({
      ...{ sessionId: authorization ?? "", userId: authorization ?? "", role: "engineer" },
    }),
  });
  realtime.guard("/ops", "drills.read");
  const feed = serveDrills(realtime.io, context);
  onTestFinished(() => feed.stop());
  const listen = async (authorization: string) => {
    const socket = connect(`${realtime.url}/ops`, {
      ...{ transports: ["websocket"], forceNew: true, reconnection: false },
      extraHeaders: { origin: "https://console.example", authorization },
    });
    onTestFinished(() => void socket.disconnect());
    const states: string[] = [];
    socket.on("drill.changed", (run: DrillRun) => states.push(run.state));
    const subscribe = async (): Promise<DrillsSnapshot> =>
      (await socket.emitWithAck("subscribe", { topic: "drills" })).value;
    await subscribe();
    return { states, subscribe };
  };
  const [ann, eve] = [await listen("ann"), await listen("eve")];

  const { id } = await drills.start("surprise");
  // Somebody has to approve it: until then it is known to all who may.
  expect(await sees("eve", id)).toEqual({ seen: new Set([true]), running: 0 });
  await approveRun(context, staffOf("bob"), id);
  await drills.seconds(5);
  expect((await drills.read(id)).state).toBe("running");
  feed.poke();
  await eventually("who asked for it follows it", () => ann.states.includes("running"));
  expect(eve.states).not.toContain("running");
  expect((await ann.subscribe()).running).toHaveLength(1);
  expect((await eve.subscribe()).running).toEqual([]);
  for (const knows of ["ann", "bob"])
    expect(await sees(knows, id)).toEqual({ seen: new Set([true]), running: 1 });
  expect(await sees("eve", id)).toEqual({ seen: new Set([false]), running: 0 });
  const { obstacles } = await dryRun(context, "supplier-down", { id: "eve", mayApprove: true });
  expect(obstacles.map(({ kind }) => kind)).not.toContain("overlap");
  const known = await dryRun(context, "supplier-down", { id: "ann", mayApprove: true });
  expect(known.obstacles.map(({ kind }) => kind)).toContain("overlap");
  const logged = async (reader: string) =>
    (await listAudit(context, { limit: 10 }, { id: reader })).items.map(({ action }) => action);
  expect(await logged("ann")).toEqual(["drill.approved", "drill.requested"]);
  expect(await logged("eve")).toEqual([]);
  const again = startRun(context, staffOf("eve"), "supplier-down", { mode: "rehearsal" });
  await expect(again).rejects.toThrow(/^It cannot begin now$/);

  await abortRun(context, staffOf("ann"), id, "enough");
  await drills.seconds(5);
  feed.poke();
  await eventually("everybody hears what it was", () => eve.states.includes("aborted"));
  expect(eve.states.filter((state) => state === "running")).toEqual([]);
  expect(await sees("eve", id)).toEqual({ seen: new Set([true]), running: 0 });
  expect(await logged("eve")).toContain("drill.requested");
});
