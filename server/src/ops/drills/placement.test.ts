import type { BlastRadius } from "@orderwatch/shared/ops/drill-faults.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placeFault, type Surroundings, shareOf } from "./placement.ts";
import type { Placement } from "./targets.ts";

const around: Surroundings = {
  nodes: [
    { id: "shop-2", state: "standby" },
    { id: "shop-1", state: "active" },
    { id: "shop-3", state: "dead" },
    { id: "fulfilment-1", state: "active", parts: ["fulfilment"] },
  ],
  linked: new Set(["shop-1", "shop-2", "fulfilment-1"]),
  isSupervised: (node) => node !== "fulfilment-1",
  methods: ["alipay"],
  hasSupplier: true,
};
const targetsOf = (placed: ReturnType<typeof placeFault>) =>
  "refused" in placed ? null : placed.map(({ target }) => target);

describe("where a fault goes", () => {
  it("a choice of a node is resolved, and processes are the supervisor's", () => {
    expect(placeFault({ kind: "kill", node: "active" }, around)).toEqual([
      { target: "supervisor", fault: { kind: "kill", node: "shop-1" } },
    ]);
    expect(placeFault({ kind: "database", node: "standby", errorRate: 1 }, around)).toEqual([
      { target: "shop-2", fault: { kind: "database", node: "shop-2", errorRate: 1 } },
    ]);
  });

  it("companies' trouble goes to all that call them, those that serve first, and to the console's probes", () => {
    expect(targetsOf(placeFault({ kind: "payment", channel: "alipay", errorRate: 1 }, around))).toEqual([
      ...["shop-1", "shop-2", "console"],
    ]);
    expect(targetsOf(placeFault({ kind: "supplier", errorRate: 1 }, around))).toEqual([
      ...["shop-1", "fulfilment-1", "shop-2", "console"],
    ]);
    expect(targetsOf(placeFault({ kind: "full_queue", rate: 1 }, around))).toEqual(["shop-1", "shop-2"]);
  });

  it("what cannot be had is refused: dead or foreign nodes, missing links, companies not dealt with", () => {
    const kill = (node: string) => placeFault({ kind: "kill", node }, around);
    expect(targetsOf(kill("shop-3"))).toBeNull();
    expect(targetsOf(kill("fulfilment-1"))).toBeNull();
    expect(targetsOf(placeFault({ kind: "payment", channel: "wechat", errorRate: 1 }, around))).toBeNull();
    const half = { ...around, linked: new Set(["shop-1"]) };
    expect(targetsOf(placeFault({ kind: "full_queue", rate: 1 }, half))).toBeNull();
    expect(targetsOf(placeFault({ kind: "cache", node: "shop-2", errorRate: 1 }, half))).toBeNull();
  });
});

describe("O9: the leases of a run", () => {
  const radius: BlastRadius = { traffic: "live", percent: 50, orders: 7, buyers: 2 };
  const fault = { kind: "supplier", errorRate: 1 } as const;

  it("may together touch as many orders and buyers as the radius says, and no more", () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(50), fc.integer({ min: 1, max: 9 }), (orders, buyers, among) => {
        const placed = Array.from({ length: among }, (_, n) => ({
          lease: `${n}`,
          target: `shop-${n}`,
          fault,
        }));
        const shares = placed.map(({ lease }) => shareOf({ ...radius, orders, buyers }, placed, lease));
        const sum = (of: "orders" | "buyers") => shares.reduce((all, share) => all + share[of], 0);
        expect([sum("orders"), sum("buyers")]).toEqual([orders, buyers]);
      }),
    );
  });

  it("that meet no order take no share of it", () => {
    const placed: (Placement & { lease: string })[] = [
      { lease: "a", target: "shop-1", fault },
      { lease: "b", target: "console", fault },
      { lease: "c", target: "supervisor", fault: { kind: "kill", node: "shop-2" } },
    ];
    expect(shareOf(radius, placed, "a")).toEqual(radius);
  });
});
