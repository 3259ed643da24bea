import { LiveFrame, LiveSnapshot } from "@orderwatch/shared/live/frame.ts";
import type { NodeFrame } from "@orderwatch/shared/live/telemetry.ts";
import type pg from "pg";
import { describe, expect, it } from "vitest";
import { startHub as start, testPool } from "../../test/live.ts";
import { commitEvents, countRows, type EventRow } from "../../test/order-events.ts";
import { countOrderEvents } from "../shop/orders/counts.ts";
import type { HubOptions } from "./hub.ts";
import { LatencySketch } from "./sketch.ts";
import { fieldsOf, tallyOfEvents } from "./tally.ts";

const hour = Math.floor(Date.now() / 3_600_000) * 3_600;
const at = (second: number) => new Date((hour + second) * 1_000);

const startHub = (pool: pg.Pool, second: number, options: Partial<HubOptions> = {}) =>
  start(pool, at(second), options);

const events = (second: number): EventRow[] => [
  { at: at(second) },
  { at: at(second), origin: "simulated", method: "alipay" },
  { at: at(second), type: "paid" },
  { at: at(second), type: "failed", code: "payment.declined", method: "alipay" },
];

function nodeFrame(second: number, fields: Partial<NodeFrame> = {}): NodeFrame {
  const sketch = new LatencySketch();
  for (let ms = 1; ms <= 100; ms++) sketch.record(ms);
  return {
    node: { id: "shop-1", pid: 7, startedAt: at(-600).toISOString(), version: "0.1.0" },
    seq: second + 600,
    at: at(second).toISOString(),
    state: "active",
    requests: 120,
    latency: Buffer.from(sketch.pack()).toString("base64"),
    refused: { "stock.sold_out": 3 },
    beacons: { visit: 8, product: 4, checkout: 2 },
    eventLoop: 0.2,
    inFlight: 1,
    queue: { due: 0, lagMs: 0 },
    ...fields,
  };
}

type Counted = Pick<LiveFrame, "placed" | "paid" | "delivered" | "refunded" | "failed" | "simulated">;

function total(counted: readonly Counted[]) {
  const failed: Record<string, number> = {};
  for (const one of counted)
    for (const [code, n] of Object.entries(one.failed)) failed[code] = (failed[code] ?? 0) + n;
  const sum = (of: (one: Counted) => number) => counted.reduce((all, one) => all + of(one), 0);
  return {
    placed: sum((one) => one.placed),
    paid: sum((one) => one.paid),
    failed,
    simulated: sum((one) => one.simulated.placed),
  };
}

async function rows(pool: pg.Pool, from = 0, to = 3_600) {
  const counts = (await countRows(pool, 1)).filter(
    (row) => row.second >= hour + from && row.second < hour + to,
  );
  const { placed, paid, failed, simulated } = fieldsOf(tallyOfEvents(counts));
  return { placed, paid, failed, simulated: simulated.placed };
}

describe("the hub", () => {
  it("A5: sums over frames equal the rows, and so do the charts of any window, in any step", async () => {
    const pool = await testPool();
    const hub = await startHub(pool, 0);
    const frames: LiveFrame[] = [];
    for (let second = 1; second <= 40; second += 1) {
      if (second % 3 === 0) await commitEvents(pool, events(second));
      frames.push(LiveFrame.parse(await hub.tick(at(second))));
    }
    expect(frames.map((frame) => frame.seq)).toEqual(frames.map((_, index) => index));
    expect(total(frames)).toEqual(await rows(pool));
    for (const [from, to] of [
      [0, 41],
      [7, 13],
      [12, 12.5],
    ] as const) {
      const series = await hub.series(at(from), at(to));
      expect(total(series.points), `${from} to ${to}`).toEqual(
        await rows(pool, Math.floor(from), Math.ceil(to)),
      );
    }
    const day = await hub.series(at(-86_400), at(41));
    expect(day.stepS).toBe(300);
    await hub.stop(at(41));
    expect(total((await hub.series(at(-86_400), at(41))).points)).toEqual(await rows(pool));
    expect(total((await hub.series(at(-9 * 86_400), at(41))).points)).toEqual(await rows(pool));
  });

  it("A5: what was counted while an earlier count was still being written is written by the stop", async () => {
    const pool = await testPool();
    const hub = await startHub(pool, 0);
    const other = await pool.connect();
    await other.query("begin; lock table live_counts in share mode");
    for (const second of [3, 6]) {
      await commitEvents(pool, events(second));
      await hub.tick(at(second));
    }
    await other.query("rollback");
    other.release();
    await hub.stop(at(7));
    expect(total((await hub.series(at(-86_400), at(7))).points)).toEqual(await rows(pool));
  });

  it("A5: a snapshot holds exactly what its frames have said, events of the newest second included", async () => {
    const pool = await testPool();
    const hub = await startHub(pool, 0);
    await commitEvents(pool, events(9.9));
    const first = await hub.tick(at(10));
    await commitEvents(pool, events(10.05));
    const snapshot = LiveSnapshot.parse(await hub.snapshot());
    expect(snapshot).toMatchObject({ epoch: hub.epoch, seq: 0, frame: first });
    expect(total(snapshot.recent.points)).toEqual(total([first]));
    const second = await hub.tick(at(11));
    await commitEvents(pool, events(11.05));
    const third = await hub.tick(at(11.1));
    const later = await hub.snapshot();
    for (const series of [later.recent, later.hour])
      expect(total(series.points)).toEqual(total([first, second, third]));
    expect(later.channels.map(({ method, placed, paid, failed }) => [method, placed, paid, failed])).toEqual([
      ["wechat", 3, 3, 0],
      ["alipay", 3, 0, 3],
    ]);
  });

  it("A5: a restarted console continues the charts it had, and its frames begin where they end", async () => {
    const pool = await testPool();
    const before = await startHub(pool, 0);
    before.nodeLinked("shop-1", "a", at(0));
    for (let second = 1; second <= 125; second++) {
      if (second % 5 === 0) await commitEvents(pool, events(second - 0.5));
      before.takeNodeFrame(nodeFrame(second), at(second));
      await before.tick(at(second));
    }
    await before.stop(at(125));
    const had = await before.snapshot();

    await commitEvents(pool, events(126.2));
    const after = await startHub(pool, 127);
    expect(after.epoch).not.toBe(before.epoch);
    await commitEvents(pool, events(127.5));
    const frame = await after.tick(at(128));
    expect(total([frame])).toEqual(await rows(pool, 127, 128));
    const has = await after.snapshot();
    const known = (snapshot: LiveSnapshot) =>
      snapshot.recent.points.filter(
        (point) => Date.parse(point.t) >= at(0).getTime() && Date.parse(point.t) < at(124).getTime(),
      );
    expect(known(has)).toEqual(known(had));
    expect(known(has)).toHaveLength(124);
    expect(known(has)[50]).toMatchObject({
      qps: 120,
      refused: { "stock.sold_out": 3 },
      funnel: { visit: 8 },
    });
    expect(total(has.recent.points)).toEqual(await rows(pool));
  });

  it("merges nodes' latencies as one population and adds their counts up", async () => {
    const pool = await testPool();
    const hub = await startHub(pool, 0);
    const slow = new LatencySketch();
    for (let index = 0; index < 300; index++) slow.record(1_000);
    hub.takeNodeFrame(nodeFrame(1), at(1));
    hub.takeNodeFrame(nodeFrame(1), at(1));
    hub.takeNodeFrame(
      nodeFrame(1, {
        node: { id: "shop-2", pid: 8, startedAt: at(-600).toISOString(), version: "0.1.0" },
        latency: Buffer.from(slow.pack()).toString("base64"),
      }),
      at(1),
    );
    const frame = await hub.tick(at(1));
    // 100 from 1 to 100 ms and 300 of 1 s: the median is 1 s, though the mean of both medians is about 525 ms.
    expect(frame.latencyMs?.p50).toBeGreaterThan(980);
    expect(frame.qps).toBe(240);
    expect(frame.refused).toEqual({ "stock.sold_out": 6 });
    expect(frame.funnel.visit).toBe(16);
    expect((await hub.tick(at(2))).qps).toBe(0);
  });

  it("keeps minutes and hours of what nodes reported, once, though two consoles heard it", async () => {
    const pool = await testPool();
    const [first, second] = [await startHub(pool, 3_470), await startHub(pool, 3_470)];
    for (let now = 3_471; now <= 3_605; now++)
      for (const hub of [first, second]) {
        hub.takeNodeFrame(nodeFrame(now), at(now));
        await hub.tick(at(now));
      }
    await Promise.all([first.stop(at(3_605)), second.stop(at(3_605))]);
    const { rows: kept } = await pool.query(
      "select step_s, count(*)::int as n, sum(requests)::int as requests from live_measures group by 1 order by 1",
    );
    expect(kept).toEqual([
      { step_s: 1, n: 135, requests: 135 * 120 },
      { step_s: 60, n: 3, requests: 130 * 120 },
      { step_s: 3600, n: 1, requests: 130 * 120 },
    ]);
    const wide = await first.series(at(-9 * 86_400), at(3_606));
    const measured = wide.points.filter((point) => point.qps > 0);
    expect(measured).toHaveLength(2);
    expect(measured[0]?.latencyMs?.p99).toBeGreaterThan(95);
    expect(measured[0]?.refused).toEqual({ "stock.sold_out": 130 * 3 });
  });

  it("shows the same hour of last week minute by minute, and nothing where nothing is known", async () => {
    const pool = await testPool();
    await commitEvents(pool, events(30 - 7 * 86_400));
    await commitEvents(pool, events(90 - 7 * 86_400));
    const hub = await startHub(pool, 130);
    const { lastWeek } = await hub.snapshot();
    expect(lastWeek.stepS).toBe(60);
    expect(lastWeek.points).toHaveLength(61);
    expect(lastWeek.points.filter((point) => point.placed > 0).map((point) => point.t)).toEqual([
      at(-7 * 86_400).toISOString(),
      at(60 - 7 * 86_400).toISOString(),
    ]);
    const empty = await startHub(await testPool(), 130);
    expect((await empty.snapshot()).lastWeek.points).toEqual([]);
  });

  it("goes on without its database, and makes good for every event once it is back", async () => {
    const pool = await testPool();
    let away: "refusing" | "hanging" | undefined;
    let release = () => {};
    const hub = await startHub(pool, 0, {
      countWithinMs: 50,
      events: {
        async count(from, until) {
          if (away === "refusing") throw new Error("connection refused");
          if (away === "hanging")
            await new Promise<void>((resolve) => {
              release = resolve;
            });
          return countOrderEvents(pool, from, until);
        },
      },
    });
    await commitEvents(pool, events(1));
    away = "refusing";
    hub.takeNodeFrame(nodeFrame(1), at(1));
    const frames = [await hub.tick(at(1))];
    expect(frames[0]).toMatchObject({ placed: 0, qps: 120 });
    away = "hanging";
    frames.push(await hub.tick(at(2)), await hub.tick(at(3)));
    away = undefined;
    release();
    // The first tick may be over before the count that hung has come back.
    for (let second = 4; second < 200 && frames.at(-1)?.placed === 0; second++)
      frames.push(await hub.tick(at(second)));
    expect(total(frames)).toEqual(await rows(pool));
    await hub.stop(at(200));
    const again = await startHub(pool, 201);
    expect(total((await again.snapshot()).recent.points)).toEqual(await rows(pool));
  });

  it("deletes what has outlived its step", async () => {
    const pool = await testPool();
    const hub = await startHub(pool, 0);
    await commitEvents(pool, events(1));
    hub.takeNodeFrame(nodeFrame(1), at(1));
    await hub.tick(at(2));
    await hub.stop(at(60));
    const stepsLeft = async () =>
      (
        await pool.query<{ step: number }>(
          "select distinct step_s as step from (select step_s from live_counts union all select step_s from live_measures) as all_ order by 1",
        )
      ).rows.map((row) => row.step);
    expect(await stepsLeft()).toEqual([1, 60, 3600]);
    for (const [afterS, left] of [
      [3 * 3_600, [60, 3600]],
      [36 * 86_400, [3600]],
      [402 * 86_400, []],
    ] as const) {
      const later = await startHub(pool, afterS);
      await later.tick(at(afterS));
      await later.stop(at(afterS));
      expect(await stepsLeft()).toEqual(left);
    }
  });

  it("refuses a series wider than its points can show", async () => {
    const hub = await startHub(await testPool(), 0);
    await expect(hub.series(at(-400 * 86_400), at(0))).rejects.toMatchObject({ code: "request.invalid" });
    expect(await hub.series(at(10), at(5))).toEqual({ stepS: 1, points: [] });
    expect((await hub.series(at(-10), at(9_999))).points.at(-1)?.t).toBe(at(0).toISOString());
  });
});
