import type pg from "pg";
import { describe, expect, it } from "vitest";
import { testPool } from "../../test/live.ts";
import {
  commitEvents,
  countRows,
  type EventRow,
  sorted,
  untilCountable,
  writeEvents,
} from "../../test/order-events.ts";
import { countOrderEvents } from "../shop/orders/counts.ts";
import type { EventCount, EventSource } from "./business.ts";
import { readCounts, readSeconds, recordCounts } from "./counts-store.ts";
import { EventCounter } from "./event-counter.ts";

const base = Math.floor(Date.now() / 1_000) - 600;
const at = (seconds: number) => new Date((base + seconds) * 1_000 + 250);

const sourceOf = (pool: pg.Pool): EventSource => ({
  count: (from, until) => countOrderEvents(pool, from, until),
});
const newConsole = (pool: pg.Pool) => new EventCounter(pool, sourceOf(pool));

async function rollups(pool: pg.Pool, stepS: 1 | 60 | 3600): Promise<EventCount[]> {
  if (stepS === 1) return sorted((await readSeconds(pool, 0)).rows);
  return sorted(await readCounts(pool, { stepS, from: 0, to: base + 86_400, binS: stepS }));
}

async function expectRollupsToEqualRows(pool: pg.Pool): Promise<void> {
  for (const stepS of [1, 60, 3600] as const)
    expect(await rollups(pool, stepS), `steps of ${stepS} s`).toEqual(await countRows(pool, stepS));
}

const someEvents: EventRow[] = [
  { at: at(0) },
  { at: at(0), method: "alipay", origin: "simulated" },
  { type: "paid", at: at(61) },
  { type: "failed", code: "payment.declined", at: at(61) },
  { type: "failed", code: "delivery.supplier_failed", at: at(62) },
];

describe("the counter of order events", () => {
  it("A5: leaves out drills and what is not counted, and nothing else", async () => {
    const pool = await testPool();
    await commitEvents(pool, [...someEvents, { origin: "drill", at: at(0) }, { type: "expired", at: at(0) }]);
    const { rows, toXid, more } = await countOrderEvents(pool, "0");
    expect(sorted(rows)).toEqual(await countRows(pool, 1));
    expect(more).toBe(false);
    expect((await countOrderEvents(pool, toXid)).rows).toEqual([]);
  });

  it("A5: waits for a transaction that began earlier and commits later, then counts all of it once", async () => {
    const pool = await testPool();
    const counter = newConsole(pool);
    await counter.load(0);
    const slow = await pool.connect();
    await slow.query("begin");
    await writeEvents(slow, [{ at: at(1) }]);
    await writeEvents(pool, [{ type: "paid", at: at(2) }]);
    const before = await counter.next();
    await slow.query("commit");
    slow.release();
    await untilCountable(pool);
    const after = await counter.next();
    expect(before.rows).toEqual([]);
    expect(sorted(after.rows)).toEqual(await countRows(pool, 1));
    expect((await counter.next()).rows).toEqual([]);
  });

  it("A5: never counts what was rolled back", async () => {
    const pool = await testPool();
    const counter = newConsole(pool);
    await counter.load(0);
    const failing = await pool.connect();
    await failing.query("begin");
    await writeEvents(failing, someEvents);
    await failing.query("rollback");
    failing.release();
    expect((await counter.next()).rows).toEqual([]);
  });

  it("A5: writes a batch once, however often and by however many it is written", async () => {
    const pool = await testPool();
    await newConsole(pool).load(0);
    await commitEvents(pool, someEvents);
    const { xid: fromXid } = await readSeconds(pool, 0);
    const batch = { fromXid, ...(await countOrderEvents(pool, fromXid)) };
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => recordCounts(pool, batch)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await recordCounts(pool, batch)).toBe(false);
    await expectRollupsToEqualRows(pool);
  });

  it("A5: a console killed before, inside or after the writing statement loses and doubles nothing", async () => {
    const pool = await testPool();
    await newConsole(pool).load(0);
    await commitEvents(pool, someEvents);
    const { xid: fromXid } = await readSeconds(pool, 0);
    const batch = { fromXid, ...(await countOrderEvents(pool, fromXid)) };

    const killed = await pool.connect();
    await killed.query("begin");
    expect(await recordCounts(killed, batch)).toBe(true);
    await killed.query("rollback");
    killed.release();
    expect(await rollups(pool, 60)).toEqual([]);

    const second = newConsole(pool);
    expect(sorted(await second.load(0))).toEqual(await countRows(pool, 1));
    await expectRollupsToEqualRows(pool);

    // Written, but killed before it knew: the third finds everything in place.
    const third = newConsole(pool);
    expect(sorted(await third.load(0))).toEqual(await countRows(pool, 1));
    expect((await third.next()).rows).toEqual([]);
    await expectRollupsToEqualRows(pool);
  });

  it("A5: a batch whose answer was lost is found written, or written by the next one", async () => {
    const pool = await testPool();
    let lose: "before" | "after" | undefined;
    const flaky: Pick<pg.Pool, "query"> = new Proxy(pool, {
      get: (target, name) =>
        name !== "query"
          ? Reflect.get(target, name)
          : async (...sent: Parameters<pg.Pool["query"]>) => {
              const writes = String(sent[0]).includes("insert into live_counts");
              if (writes && lose === "before") throw new Error("connection lost");
              const answer = await target.query(...sent);
              if (writes && lose === "after") throw new Error("connection lost");
              return answer;
            },
    });
    const counter = new EventCounter(flaky, sourceOf(pool));
    await counter.load(0);
    for (const [index, when] of (["before", "after"] as const).entries()) {
      await commitEvents(pool, someEvents);
      lose = when;
      await expect(counter.next().then((batch) => counter.record(batch))).rejects.toThrow("connection lost");
      lose = undefined;
      await commitEvents(pool, [{ at: at(100 + index) }]);
      const batch = await counter.next();
      // Its own last move counts as another's until it is older than the courtesy.
      await pool.query("update live_cursor set moved_at = moved_at - interval '1 minute'");
      await counter.record(batch);
      await expectRollupsToEqualRows(pool);
    }
  });

  it("A5: of two consoles one writes, and the other takes over when it falls silent", async () => {
    const pool = await testPool();
    const [first, second] = [newConsole(pool), newConsole(pool)];
    await first.load(0);
    await second.load(0);
    for (let index = 0; index < 4; index++) {
      await commitEvents(pool, [{ at: at(index) }, { type: "paid", at: at(index) }]);
      await first.record(await first.next());
      await second.record(await second.next());
    }
    await expectRollupsToEqualRows(pool);
    await commitEvents(pool, [{ at: at(10) }]);
    await second.record(await second.next());
    await pool.query("update live_cursor set moved_at = moved_at - interval '1 minute'");
    await commitEvents(pool, [{ at: at(11) }]);
    await second.record(await second.next());
    await expectRollupsToEqualRows(pool);
  });

  it.each([
    ["far ahead of", "1000000000"],
    ["a little ahead of", "5"],
  ])("A5: rows restored from a cluster %s this one are counted as they were before", async (_what, ahead) => {
    const pool = await testPool();
    await commitEvents(pool, someEvents);
    await newConsole(pool).load(0);
    await commitEvents(pool, [{ at: at(5) }, { at: at(5), type: "paid" }]);
    for (const table of ["order_events", "live_cursor"])
      await pool.query(`update ${table} set xid = (xid::text::bigint + $1)::text::xid8`, [ahead]);

    await pool.query("select adopt_restored_events()");
    await commitEvents(pool, [{ at: at(6) }]);
    await newConsole(pool).load(0);
    await expectRollupsToEqualRows(pool);
    for (let written = 0; written < 10; written++) await commitEvents(pool, [{ at: at(7) }]);
    await newConsole(pool).load(0);
    await expectRollupsToEqualRows(pool);
  });

  it("A5: adopting changes nothing where nothing was restored, open transactions included", async () => {
    const pool = await testPool();
    const counter = newConsole(pool);
    await counter.load(0);
    const slow = await pool.connect();
    await slow.query("begin");
    await writeEvents(slow, [{ at: at(1) }]);
    await writeEvents(pool, [{ at: at(2) }]);
    const stamps = async () => (await pool.query("select id, xid::text from order_events order by id")).rows;
    const before = await stamps();
    await pool.query("select adopt_restored_events()");
    expect(await stamps()).toEqual(before);
    await slow.query("commit");
    slow.release();
    await untilCountable(pool);
    expect(sorted((await counter.next()).rows)).toEqual(await countRows(pool, 1));
  });

  it("A5: counts a long way back in bounded pieces that join without a seam", async () => {
    const pool = await testPool();
    for (let index = 0; index < 12; index++) await commitEvents(pool, [{ at: at(index) }]);
    const source: EventSource = {
      async count(fromXid, untilXid) {
        const until = (BigInt(fromXid === "0" ? 1 : fromXid) + 5n).toString();
        const whole = await countOrderEvents(pool, fromXid, untilXid);
        if (BigInt(until) >= BigInt(whole.toXid)) return whole;
        return { ...(await countOrderEvents(pool, fromXid, until)), more: true };
      },
    };
    await pool.query(
      "insert into live_cursor values ('orders', (select min(xid::text::bigint)::text::xid8 from order_events), now())",
    );
    const loaded = await new EventCounter(pool, source).load(0);
    expect(sorted(loaded)).toEqual(await countRows(pool, 1));
    await expectRollupsToEqualRows(pool);
  });
});
