import { describe, expect, test } from "vitest";
import { timeline } from "../../../test/pool-timeline.ts";
import { limits } from "./pool-model.ts";

describe("a node that asks to leave", () => {
  test("goes on until its standby accepts, then is ended and started anew at once", () => {
    const at = timeline();
    at.boot();
    expect(at.play({ type: "leave", node: "shop-1" })).toEqual(["go shop-2"]);
    expect(at.state("shop-1")).toBe("active");
    expect(at.play({ type: "accepting", node: "shop-2" })).toEqual(["stop shop-1"]);
    expect(at.play({ type: "exited", node: "shop-1" })).toEqual(["spawn shop-1"]);
  });

  test.each(["leave", "restart"] as const)(
    "or is to be started anew goes on until the other, which is starting, accepts: %s",
    (type) => {
      const at = timeline();
      at.boot();
      at.play({ type: "restart", node: "shop-2" });
      expect(at.play({ type: "exited", node: "shop-2" })).toEqual(["spawn shop-2"]);
      expect(at.play({ type, node: "shop-1" })).toEqual([]);
      expect(at.state("shop-1")).toBe("active");
      expect(at.play({ type: "ready", node: "shop-2" })).toEqual(["go shop-2"]);
      expect(at.play({ type: "accepting", node: "shop-2" })).toEqual(["stop shop-1"]);
    },
  );

  test("goes on though the one that was starting does not come up, until it does", () => {
    const at = timeline();
    at.boot();
    at.play({ type: "restart", node: "shop-2" });
    at.play({ type: "exited", node: "shop-2" });
    expect(at.play({ type: "leave", node: "shop-1" })).toEqual([]);
    expect(at.play({ type: "exited", node: "shop-2" })).toEqual([]);
    expect(at.pass(limits.backoffMs + limits.relievedMs)).toEqual(["spawn shop-2"]);
    expect(at.state("shop-1")).toBe("active");
    expect(at.play({ type: "ready", node: "shop-2" })).toEqual(["go shop-2"]);
    expect(at.play({ type: "accepting", node: "shop-2" })).toEqual(["stop shop-1"]);
  });

  test.each(["console-1", "shop-2"])("is ended at once where nobody has to take over from it: %s", (node) => {
    const at = timeline();
    at.boot();
    expect(at.play({ type: "leave", node })).toEqual([`stop ${node}`]);
    expect(at.play({ type: "exited", node })).toEqual([`spawn ${node}`]);
  });

  test("while it is to take over from one that leaves too is ended first, and the other accepts until it is back", () => {
    const at = timeline();
    at.boot();
    at.play({ type: "leave", node: "shop-1" });
    expect(at.play({ type: "leave", node: "shop-2" })).toEqual(["stop shop-2"]);
    expect(at.play({ type: "exited", node: "shop-2" })).toEqual(["spawn shop-2"]);
    expect(at.state("shop-1")).toBe("active");
    expect(at.play({ type: "ready", node: "shop-2" })).toEqual(["go shop-2"]);
    expect(at.play({ type: "accepting", node: "shop-2" })).toEqual(["stop shop-1"]);
  });

  test("changes nothing once everything is being stopped, and is not started anew", () => {
    const at = timeline();
    at.boot();
    at.play({ type: "leave", node: "shop-1" });
    expect(at.play({ type: "stop" })).toEqual(["stop console-1", "stop shop-1", "stop shop-2"]);
    expect(at.play({ type: "leave", node: "shop-2" })).toEqual(["refused: everything is being stopped"]);
    for (const node of ["console-1", "shop-1", "shop-2"])
      expect(at.play({ type: "exited", node })).toEqual([]);
    expect(at.ended()).toBe(true);
  });
});
