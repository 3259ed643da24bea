import { randomUUID } from "node:crypto";
import type { DrillFault, FaultLease } from "@orderwatch/shared/ops/drill-faults.ts";
import { describe, expect, it, onTestFinished } from "vitest";
import { listenRealtime, silentLog, startHub } from "../../test/live.ts";
import { openTestShop } from "../../test/order-backend.ts";
import { eventually } from "../../test/poll.ts";
import { announceConsole } from "../live/consoles-store.ts";
import { NodeLink } from "../live/node-link.ts";
import { Recorder } from "../live/recorder.ts";
import { TargetUnreachable } from "../ops/drills/actions.ts";
import { serveNodes } from "../ops/nodes/link.ts";
import { systemClock } from "../platform/clock.ts";
import { createKeys } from "../platform/crypto.ts";
import { isUnavailable, openDatabase } from "../platform/db.ts";
import { FaultHolder } from "../platform/faults/leases.ts";
import { signLease } from "../platform/faults/proof.ts";
import { createFaultTargets, openConsoleFaults } from "./fault-targets.ts";

const everybody = { traffic: "live", percent: 100, orders: 1_000, buyers: 1_000 } as const;
const slow = { kind: "database", node: "shop-1", errorRate: 1 } as const;

/** A console and a node on real sockets, both on one database; the node's statements can be struck. */
async function openPair() {
  const shop = await openTestShop();
  onTestFinished(() => shop.close());
  const { keys } = shop;
  const surroundings = { keys, clock: systemClock, log: silentLog };
  const hub = await startHub(shop.db.sql, systemClock.now());
  const realtime = await listenRealtime({});
  const links = serveNodes({ io: realtime.io, hub, ...surroundings });
  await announceConsole(shop.db.sql, { url: realtime.url, id: hub.epoch });

  const faults = new FaultHolder({
    ...surroundings,
    ...{ target: "shop-1", points: ["database", "payment", "full_queue"] },
  });
  const db = openDatabase({ url: shop.url, name: "struck", max: 2, log: silentLog, faults });
  const link = new NodeLink({
    ...{ ...surroundings, node: "shop-1", sql: shop.db.sql, faults },
    recorder: new Recorder({ id: "shop-1", pid: 7, startedAt: systemClock.now(), version: "0.1.0" }),
    state: () => "active",
    queue: async () => ({ due: 0, lagMs: 0 }),
  });
  onTestFinished(async () => {
    await link.stop();
    await faults.close();
    await db.close();
  });
  const own = openConsoleFaults(surroundings);
  onTestFinished(async () => void (await own.close()));
  const targets = createFaultTargets({
    ...{ keys, own, supervision: null, sandboxUrl: null, links: () => links, hasSupplier: true },
    nodes: { list: () => hub.nodes(systemClock.now()), driver: null },
    providers: {},
  });
  await eventually("the node is there", () => hub.nodes(systemClock.now())[0]?.state === "active");
  return { keys, db, link, links, faults, targets };
}

function leaseOf(fault: DrillFault, forMs = 6_000): FaultLease {
  return {
    ...{ id: randomUUID(), run: randomUUID(), fault, radius: everybody },
    expiresAt: new Date(Date.now() + forMs).toISOString(),
  };
}

const answers = (db: { sql: { query(text: string): Promise<unknown> } }) =>
  db.sql.query("select 1").then(
    () => true,
    (error: unknown) => {
      expect(isUnavailable(error)).toBe(true);
      return false;
    },
  );

describe("a fault in a shop node", () => {
  it("O8: begins over the link, and is over within its lease when nobody renews it any more", async () => {
    const { db, targets } = await openPair();
    const placed = await targets.place({ ...slow, node: "active" });
    expect(placed).toEqual([{ target: "shop-1", fault: slow }]);
    const lease = leaseOf(slow, 1_500);
    expect(await answers(db)).toBe(true);
    expect((await targets.grant("shop-1", lease)).state).toBe("active");
    expect(await answers(db)).toBe(false);
    const renewed = { ...lease, expiresAt: new Date(Date.now() + 1_500).toISOString() };
    expect((await targets.renew("shop-1", renewed)).state).toBe("active");
    // The engine dies here: nobody renews it, and nobody takes it back.
    await eventually("the database answers again", () => answers(db));
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(renewed.expiresAt) - 50);
    expect(await targets.probe("shop-1", lease.id)).toMatchObject({ state: "expired" });
    expect((await targets.renew("shop-1", leaseOf(slow))).state).toBe("expired");
  });

  it("O8: is over as soon as it is taken back, and the target says so", async () => {
    const { db, targets } = await openPair();
    const lease = leaseOf(slow);
    await targets.grant("shop-1", lease);
    await answers(db);
    expect(await targets.revert("shop-1", lease.id)).toMatchObject({ state: "reverted" });
    expect(await targets.revert("shop-1", lease.id)).toMatchObject({ state: "reverted" });
    expect(await answers(db)).toBe(true);
    const report = await targets.probe("shop-1", lease.id);
    expect(report).toMatchObject({ state: "reverted", touched: { orders: 0, buyers: 0 } });
    expect(report?.touched.passes).toBeGreaterThan(0);
  });

  it("is refused when its lease is forged or meant for another target", async () => {
    const { db, links, keys } = await openPair();
    const lease = leaseOf(slow);
    const strangers = [
      signLease(createKeys("z".repeat(32)), "shop-1", lease),
      signLease(keys, "shop-2", lease),
      { ...signLease(keys, "shop-1", lease), lease: leaseOf(slow) },
    ];
    for (const signed of strangers) {
      await expect(links.grant("shop-1", signed)).rejects.toThrow("lease.forged");
      await expect(links.renew("shop-1", signed)).rejects.toThrow("lease.forged");
    }
    expect(await answers(db)).toBe(true);
  });

  it("a node that is gone cannot be asked; its database heals by itself", async () => {
    const { db, link, targets } = await openPair();
    const lease = leaseOf(slow, 1_500);
    await targets.grant("shop-1", lease);
    await link.stop();
    await expect(targets.revert("shop-1", lease.id)).rejects.toThrow(TargetUnreachable);
    await eventually("the database answers again", () => answers(db));
  });

  it("leaves transactions whole: what was begun is rolled back, and its connection serves on", async () => {
    const { db, targets } = await openPair();
    await db.sql.query("create table kept (n int)");
    const lease = leaseOf({ ...slow, errorRate: 0.5 });
    await targets.grant("shop-1", lease);
    const tries = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) =>
        db.transaction(async (sql) => {
          await sql.query("insert into kept values ($1)", [n]);
          await sql.query("insert into kept values ($1)", [n]);
        }),
      ),
    );
    await targets.revert("shop-1", lease.id);
    const { rows } = await db.sql.query("select n, count(*)::int as times from kept group by n");
    expect(tries.some(({ status }) => status === "rejected")).toBe(true);
    for (const { times } of rows) expect(times).toBe(2);
    const done = tries.filter(({ status }) => status === "fulfilled").length;
    expect(rows).toHaveLength(done);
  });
});

it("processes are not offered without a supervisor, nor companies that the shop does not deal with", async () => {
  const { targets } = await openPair();
  expect(await targets.place({ kind: "kill", node: "active" })).toHaveProperty("refused");
  expect(await targets.place({ kind: "payment", channel: "wechat", errorRate: 1 })).toHaveProperty("refused");
  expect(await targets.place({ ...slow, node: "shop-9" })).toHaveProperty("refused");
  const supplier = { kind: "supplier", errorRate: 1 } as const;
  expect(await targets.place(supplier)).toEqual([
    { target: "shop-1", fault: supplier },
    { target: "console", fault: supplier },
  ]);
});
