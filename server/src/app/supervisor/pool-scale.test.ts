import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timeline } from "../../../test/pool-timeline.ts";
import { step } from "./pool.ts";
import { createPool, limits, type Pool, type PoolEvent, type Vitals } from "./pool-model.ts";

/** One active, one standby, and room for two more. */
function scalable() {
  const at = timeline({ always: 2, most: 4 });
  at.play({ type: "begin" });
  for (const node of ["console-1", "shop-1", "shop-2"]) at.spawned(node);
  at.play({ type: "ready", node: "console-1" });
  at.play({ type: "ready", node: "shop-1" });
  at.play({ type: "accepting", node: "shop-1" });
  return { ...at, lastReady: at.play({ type: "ready", node: "shop-2" }) };
}

describe("scaling", () => {
  test("places that scaling may fill are empty at first, and the system is up without them", () => {
    const at = scalable();
    expect(at.lastReady).toEqual(["complete"]);
    expect(at.states()).toEqual(["shop-1 active", "shop-2 standby"]);
    expect(at.play({ type: "promote", node: "shop-3" })).toEqual(["refused: there is no node shop-3"]);
  });

  test("one more: the standby accepts at once, and a new node starts to be the standby", () => {
    const at = scalable();
    expect(at.play({ type: "scale", active: 2 })).toEqual(["go shop-2", "spawn shop-3"]);
    expect(at.play({ type: "accepting", node: "shop-2" })).toEqual([]);
    at.spawned("shop-3");
    expect(at.play({ type: "ready", node: "shop-3" })).toEqual([]);
    expect(at.states()).toEqual(["shop-1 active", "shop-2 active", "shop-3 standby"]);
  });

  test("one less: the longest active one is drained, then the last standby ends for good", () => {
    const at = scalable();
    at.play({ type: "scale", active: 2 });
    at.play({ type: "accepting", node: "shop-2" });
    at.spawned("shop-3");
    at.play({ type: "ready", node: "shop-3" });
    expect(at.play({ type: "scale", active: 1 })).toEqual(["drain shop-1"]);
    expect(at.play({ type: "drained", node: "shop-1" })).toEqual(["stop shop-3"]);
    expect(at.play({ type: "exited", node: "shop-3" })).toEqual([]);
    expect(at.pass(20_000)).toEqual([]);
    expect(at.states()).toEqual(["shop-1 standby", "shop-2 active"]);
  });

  test("an active node that dies is replaced by the standby while the others go on", () => {
    const at = scalable();
    at.play({ type: "scale", active: 2 });
    at.play({ type: "accepting", node: "shop-2" });
    at.spawned("shop-3");
    at.play({ type: "ready", node: "shop-3" });
    expect(at.play({ type: "exited", node: "shop-1" })).toEqual(["go shop-3"]);
    at.play({ type: "accepting", node: "shop-3" });
    expect(at.states()).toEqual(["shop-1 dead", "shop-2 active", "shop-3 active"]);
  });

  test("beyond its bounds, or on a machine that does not scale, it is refused", () => {
    const at = scalable();
    expect(at.play({ type: "scale", active: 4 })).toEqual(["refused: from 1 to 3 nodes may be active here"]);
    expect(at.play({ type: "scale", active: 0 })).toEqual(["refused: from 1 to 3 nodes may be active here"]);
    const fixed = timeline();
    fixed.boot();
    expect(fixed.play({ type: "scale", active: 1 })).toEqual(["refused: this machine does not scale"]);
  });

  test("whatever happens, nobody who accepts is sent away before others do, and the bounds hold", () => {
    const types = ["ready", "accepting", "drained", "exited", "promote", "drain", "restart"] as const;
    const moment = fc.oneof(
      fc.record({ type: fc.constantFrom(...types), place: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ type: fc.constant("scale" as const), active: fc.integer({ min: 0, max: 6 }) }),
      fc.constant({ type: "tick" as const }),
    );
    const accepting = (pool: Pool) => pool.nodes.filter((node) => node.phase === "active").length;
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 120 }), (moments) => {
        const shops = [1, 2, 3, 4, 5].map((place) => ({ name: `shop-${place}`, role: "shop" as const }));
        let pool = step(createPool(shops, { always: 2, most: 5 }), { type: "begin", now: 0 }).pool;
        let now = 0;
        for (const each of moments) {
          now += 100;
          const event: PoolEvent =
            "place" in each ? { type: each.type, node: `shop-${each.place}`, now } : { ...each, now };
          const before = pool;
          const { pool: after, effects } = step(pool, event);
          pool = after;
          const isSentAway = effects.some((effect) => effect.type === "drain" || effect.type === "stop");
          if (isSentAway && accepting(before) > 0 && event.type !== "restart")
            expect(accepting(after)).toBeGreaterThan(0);
          expect(pool.nodes.filter((node) => node.phase !== "off").length).toBeGreaterThanOrEqual(2);
          expect(pool.wanted).toBeGreaterThanOrEqual(1);
          expect(pool.wanted).toBeLessThanOrEqual(4);
          expect(pool.nodes.filter((node) => node.phase === "promoting").length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("starved or hung", () => {
  const doing = (vitals: Partial<Vitals>) =>
    new Map([["shop-1", { ranMs: 0, waitedMs: 0, isStopped: false, ...vitals }]]);

  test("a node that waits for a processor is not killed, however long it says nothing for that", () => {
    const at = timeline();
    at.boot();
    expect(at.pass(limits.silenceMs * 4, ["shop-1"], doing({ ranMs: 5, waitedMs: 95 }))).toEqual([]);
    expect(at.state("shop-1")).toBe("active");
  });

  test("a standby that is starved gets its time to accept", () => {
    const at = timeline();
    at.boot();
    at.play({ type: "promote", node: "shop-2" });
    const starved = new Map([["shop-2", { ranMs: 5, waitedMs: 95, isStopped: false }]]);
    expect(at.pass(limits.promoteMs * 2, ["shop-2"], starved)).toEqual([]);
    expect(at.play({ type: "accepting", node: "shop-2" })).toEqual(["drain shop-1"]);
  });

  test("a node in an endless loop is killed also where it gets but half of a processor", () => {
    const at = timeline();
    at.boot();
    expect(at.pass(limits.busyMs * 2, ["shop-1"], doing({ ranMs: 50, waitedMs: 50 }))).toEqual([]);
    expect(at.pass(200, ["shop-1"], doing({ ranMs: 50, waitedMs: 50 }))).toEqual(["kill shop-1"]);
  });

  test("a node that a signal stopped is killed after a second", () => {
    const at = timeline();
    at.boot();
    expect(at.pass(limits.stoppedMs, ["shop-1"], doing({ isStopped: true }))).toEqual([]);
    expect(at.pass(100, ["shop-1"], doing({ isStopped: true }))).toEqual(["kill shop-1"]);
  });

  test("nobody is waited for without end: after half a minute of silence a starved node is killed too", () => {
    const at = timeline();
    at.boot();
    expect(at.pass(limits.starvedMs + 200, ["shop-1"], doing({ ranMs: 0, waitedMs: 100 }))).toEqual([
      "kill shop-1",
    ]);
  });

  test("a killed node that the kernel does not let go does not keep its standby waiting", () => {
    const at = timeline();
    at.boot();
    at.pass(limits.silenceMs + 100, ["shop-1"]);
    expect(at.state("shop-2")).toBe("standby");
    expect(at.pass(limits.reapMs + 200, ["shop-1"])).toEqual(["go shop-2"]);
  });
});
