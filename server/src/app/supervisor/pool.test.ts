import { describe, expect, test } from "vitest";
import { timeline } from "../../../test/pool-timeline.ts";
import { step } from "./pool.ts";
import { createPool, limits, type PoolEvent } from "./pool-model.ts";

describe("starting", () => {
  test("the first shop node that is ready is told to go, the second stays a standby", () => {
    const at = timeline();
    expect(at.play({ type: "begin" })).toEqual(["spawn console-1", "spawn shop-1", "spawn shop-2"]);
    for (const node of ["console-1", "shop-1", "shop-2"]) at.spawned(node);
    expect(at.play({ type: "ready", node: "shop-2" })).toEqual(["go shop-2"]);
    expect(at.play({ type: "ready", node: "shop-1" })).toEqual([]);
    expect(at.play({ type: "accepting", node: "shop-2" })).toEqual([]);
    expect([at.state("shop-1"), at.state("shop-2")]).toEqual(["standby", "active"]);
  });

  test("the system is up once, when every node has been ready", () => {
    const at = timeline();
    at.play({ type: "begin" });
    at.play({ type: "ready", node: "shop-1" });
    at.play({ type: "ready", node: "shop-2" });
    expect(at.play({ type: "ready", node: "console-1" })).toEqual(["complete"]);
    at.play({ type: "exited", node: "console-1" });
    at.jump(1_000);
    expect(at.play({ type: "ready", node: "console-1" })).toEqual([]);
  });

  test("a node that never starts is given up after its fifth try, one that once was ready never is", () => {
    const at = timeline();
    at.play({ type: "begin" });
    const outcomes = Array.from({ length: 5 }, () => {
      const outcome = at.play({ type: "exited", node: "shop-1" });
      at.pass(limits.backoffMaxMs);
      return outcome;
    });
    expect(outcomes).toEqual([[], [], [], [], ["giveUp shop-1"]]);

    const proven = timeline();
    proven.boot();
    for (let end = 0; end < 8; end++) {
      expect(proven.play({ type: "exited", node: "shop-2" })).toEqual([]);
      proven.pass(limits.backoffMaxMs);
    }
  });
});

describe("an active node that goes", () => {
  test("its standby is told to go in the same step", () => {
    const at = timeline();
    at.boot();
    expect(at.play({ type: "exited", node: "shop-1" })).toEqual(["go shop-2"]);
  });

  test("its standby is told to go as soon as it is over, once, and it is started anew when it was reaped", () => {
    const at = timeline();
    at.boot();
    expect(at.play({ type: "over", node: "shop-1" })).toEqual(["go shop-2"]);
    expect(at.state("shop-1")).toBe("dead");
    expect(at.play({ type: "over", node: "shop-1" })).toEqual([]);
    expect(at.play({ type: "accepting", node: "shop-2" })).toEqual([]);
    expect(at.pass(limits.silenceMs * 2, ["shop-1"])).toEqual([]);
    expect(at.play({ type: "exited", node: "shop-1" })).toEqual([]);
    expect(at.pass(limits.backoffMs + limits.relievedMs)).toEqual(["spawn shop-1"]);
  });

  test("is not started anew while its standby takes over, unless that one goes as well", () => {
    const at = timeline();
    at.boot();
    expect(at.play({ type: "exited", node: "shop-1" })).toEqual(["go shop-2"]);
    expect(at.pass(limits.relievedMs)).toEqual([]);
    expect(at.play({ type: "exited", node: "shop-2" })).toEqual([]);
    expect(at.pass(100)).toEqual(["spawn shop-1"]);
  });

  test("of one that is told to end, and of a standby, it changes nothing that they are over before they were reaped", () => {
    const at = timeline();
    at.boot();
    expect(at.play({ type: "over", node: "shop-2" })).toEqual([]);
    expect(at.state("shop-2")).toBe("standby");
    expect(at.play({ type: "restart", node: "shop-2" })).toEqual(["stop shop-2"]);
    expect(at.play({ type: "over", node: "shop-2" })).toEqual([]);
    expect(at.play({ type: "exited", node: "shop-2" })).toEqual(["spawn shop-2"]);
  });

  test("a hung node is killed after 3 s of silence, and only its end promotes the standby", () => {
    const at = timeline();
    at.boot();
    expect(at.pass(limits.silenceMs - 200, ["shop-1"])).toEqual([]);
    expect(at.pass(400, ["shop-1"])).toEqual(["kill shop-1"]);
    expect(at.state("shop-2")).toBe("standby");
    expect(at.play({ type: "exited", node: "shop-1" })).toEqual(["go shop-2"]);
  });

  test("a standby that does not accept in time is killed, and the next one is told to go", () => {
    const at = timeline();
    at.boot();
    at.play({ type: "exited", node: "shop-1" });
    at.pass(limits.backoffMs + limits.relievedMs);
    at.spawned("shop-1");
    at.play({ type: "ready", node: "shop-1" });
    expect(at.pass(limits.promoteMs)).toEqual(["kill shop-2"]);
    expect(at.play({ type: "exited", node: "shop-2" })).toEqual(["go shop-1"]);
  });

  test("without a standby the next node to become ready is told to go", () => {
    const at = timeline();
    at.boot();
    at.play({ type: "exited", node: "shop-2" });
    expect(at.play({ type: "exited", node: "shop-1" })).toEqual([]);
    expect(at.pass(limits.backoffMs)).toEqual(["spawn shop-1", "spawn shop-2"]);
    expect(at.play({ type: "ready", node: "shop-2" })).toEqual(["go shop-2"]);
  });

  test("a pause of the supervisor itself kills nobody", () => {
    const at = timeline();
    at.boot();
    expect(at.jump(3_600_000)).toEqual([]);
    expect(at.state("shop-1")).toBe("active");
  });
});

test("a crashing node is started again at doubling distances, anew after a stable minute", () => {
  const at = timeline();
  at.boot();
  const waits: number[] = [];
  for (let crash = 0; crash < 9; crash++) {
    at.play({ type: "exited", node: "console-1" });
    let waited = 0;
    while (!at.pass(100).includes("spawn console-1")) waited += 100;
    waits.push(waited);
  }
  // Ticks come every 100 ms, so that 250 ms are seen as 200 passed before the tick that acts.
  expect(waits).toEqual([200, 400, 900, 1_900, 3_900, 7_900, 14_900, 14_900, 14_900]);
  at.play({ type: "ready", node: "console-1" });
  at.pass(limits.stableMs);
  at.play({ type: "exited", node: "console-1" });
  expect(at.pass(limits.backoffMs)).toEqual(["spawn console-1"]);
});

describe("commands", () => {
  test("promote relieves the active node only when the new one accepts", () => {
    const at = timeline();
    at.boot();
    expect(at.play({ type: "promote", node: "shop-2" })).toEqual(["go shop-2"]);
    expect(at.state("shop-1")).toBe("active");
    expect(at.play({ type: "accepting", node: "shop-2" })).toEqual(["drain shop-1"]);
    expect([at.state("shop-1"), at.state("shop-2")]).toEqual(["draining", "active"]);
    expect(at.play({ type: "drained", node: "shop-1" })).toEqual([]);
    expect(at.state("shop-1")).toBe("standby");
  });

  test("drain hands over to a standby, and is refused when there is none", () => {
    const at = timeline();
    at.boot();
    expect(at.play({ type: "drain", node: "shop-1" })).toEqual(["go shop-2"]);
    at.play({ type: "accepting", node: "shop-2" });
    expect(at.play({ type: "drain", node: "shop-2" })).toEqual(["refused: no standby is ready to take over"]);
    at.play({ type: "drained", node: "shop-1" });
    expect(at.play({ type: "drain", node: "shop-2" })).toEqual(["go shop-1"]);
  });

  test("restart of the active node hands over first, then ends it and starts it again at once", () => {
    const at = timeline();
    at.boot();
    expect(at.play({ type: "restart", node: "shop-1" })).toEqual(["go shop-2"]);
    expect(at.play({ type: "accepting", node: "shop-2" })).toEqual(["stop shop-1"]);
    expect(at.play({ type: "exited", node: "shop-1" })).toEqual(["spawn shop-1"]);
  });

  test("a handover that fails is tried again with the next standby", () => {
    const at = timeline();
    at.boot();
    at.play({ type: "restart", node: "shop-1" });
    at.play({ type: "exited", node: "shop-2" });
    expect(at.state("shop-1")).toBe("active");
    expect(at.pass(limits.backoffMs + limits.relievedMs)).toEqual(["spawn shop-2"]);
    expect(at.play({ type: "ready", node: "shop-2" })).toEqual(["go shop-2"]);
    expect(at.play({ type: "accepting", node: "shop-2" })).toEqual(["stop shop-1"]);
  });

  test("a node that does not drain in time is killed", () => {
    const at = timeline();
    at.boot();
    at.play({ type: "promote", node: "shop-2" });
    at.play({ type: "accepting", node: "shop-2" });
    expect(at.pass(limits.drainMs + 100)).toEqual(["kill shop-1"]);
  });

  test.each([
    ["promote", "console-1", "console-1 is not a shop node"],
    ["drain", "console-1", "console-1 is not a shop node"],
    ["promote", "shop-9", "there is no node shop-9"],
    ["drain", "shop-3", "there is no node shop-3"],
  ] as const)("%s %s is refused", (type, node, why) => {
    const at = timeline();
    at.boot();
    expect(at.play({ type, node })).toEqual([`refused: ${why}`]);
  });

  test("a dead node cannot be promoted, but can be restarted without waiting for its turn", () => {
    const at = timeline();
    at.boot();
    at.play({ type: "exited", node: "shop-2" });
    expect(at.play({ type: "promote", node: "shop-2" })).toEqual(["refused: shop-2 is dead, not a standby"]);
    expect(at.play({ type: "restart", node: "shop-2" })).toEqual(["spawn shop-2"]);
  });
});

describe("stopping", () => {
  test("everyone is told to stop, nobody is started again, and it is over with the last one", () => {
    const at = timeline();
    at.boot();
    expect(at.play({ type: "stop" })).toEqual(["stop console-1", "stop shop-1", "stop shop-2"]);
    expect(at.play({ type: "stop" })).toEqual([]);
    expect(at.play({ type: "restart", node: "shop-1" })).toEqual(["refused: everything is being stopped"]);
    for (const node of ["console-1", "shop-1"]) expect(at.play({ type: "exited", node })).toEqual([]);
    expect(at.ended()).toBe(false);
    at.play({ type: "exited", node: "shop-2" });
    expect([at.pass(20_000), at.ended()]).toEqual([[], true]);
  });

  test("a node that is still loading, and so was never heard, gets its time to end", () => {
    const at = timeline();
    at.play({ type: "begin" });
    at.spawned("shop-1");
    at.pass(limits.silenceMs * 2, ["shop-1"]);
    at.play({ type: "stop" });
    expect(at.pass(limits.silenceMs, ["shop-1"])).not.toContain("kill shop-1");
  });

  test("whoever does not end in time is killed", () => {
    const at = timeline();
    at.boot();
    at.play({ type: "stop" });
    for (const node of ["console-1", "shop-1"]) at.play({ type: "exited", node });
    expect(at.pass(limits.stopMs + 100)).toEqual(["kill shop-2"]);
  });
});

test("whatever happens in whatever order, at most one shop node is told to go at a time", () => {
  const types = ["ready", "accepting", "drained", "exited", "promote", "drain", "restart", "leave"] as const;
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  for (let run = 0; run < 200; run++) {
    let pool = step(createPool(["shop-1", "shop-2", "shop-3"].map((name) => ({ name, role: "shop" }))), {
      type: "begin",
      now: 0,
    }).pool;
    for (let now = 100; now < 20_000; now += 100) {
      const type = types[random(types.length)] ?? "ready";
      const event: PoolEvent = random(3)
        ? { type, node: `shop-${1 + random(3)}`, now }
        : { type: "tick", now };
      pool = step(pool, event).pool;
      expect(pool.nodes.filter((node) => node.phase === "promoting").length).toBeLessThanOrEqual(1);
      expect(pool.nodes.filter((node) => node.phase === "active").length).toBeLessThanOrEqual(1);
    }
  }
});
