import type { LiveFigures } from "@orderwatch/shared/ops/runbooks.ts";
import { describe, expect, it } from "vitest";
import { judge, standing, stepTransitions } from "./domain.ts";

const figures = (change: Partial<LiveFigures> = {}): LiveFigures => ({
  ...{
    windowS: 15,
    audience: "buyers",
    placed: 60,
    paid: 50,
    refused: 5,
    paymentFailures: 2,
    latencyP99Ms: 40,
    activeNodes: 1,
  },
  ...change,
});

describe("what the figures say of a step", () => {
  it.each([
    ["orders that stop", "placed", { placed: 60 }, { placed: 0 }, "worse"],
    ["orders that come back", "placed", { placed: 0 }, { placed: 30 }, "better"],
    ["chance", "placed", { placed: 60 }, { placed: 55 }, "same"],
    ["a few orders in a quiet hour", "placed", { placed: 2 }, { placed: 0 }, "unclear"],
    ["refusals that grow", "refused", { refused: 5 }, { refused: 80 }, "worse"],
    ["payments that fail by half", "payment_failures", {}, { paymentFailures: 25, paid: 25 }, "worse"],
    ["payments that work again", "payment_failures", { paymentFailures: 25, paid: 25 }, {}, "better"],
    ["a slow shop", "latency", { latencyP99Ms: 40 }, { latencyP99Ms: 900 }, "worse"],
    ["latency that nobody measured", "latency", { latencyP99Ms: null }, {}, "unclear"],
    ["no active node any more", "active_nodes", { activeNodes: 1 }, { activeNodes: 0 }, "worse"],
    ["an active node again", "active_nodes", { activeNodes: 0 }, { activeNodes: 1 }, "better"],
  ] as const)("of %s is right", (_what, figure, before, after, verdict) => {
    expect(judge([figure], figures(before), figures(after)).verdict).toBe(verdict);
  });

  it("lets one that got worse decide over one that got better", () => {
    const [before, after] = [figures({ activeNodes: 0 }), figures({ activeNodes: 1, placed: 0 })];
    expect(judge(["active_nodes", "placed"], before, after)).toEqual({ verdict: "worse", figure: "placed" });
  });
});

describe("a step's states", () => {
  it("are all reached, and those that allow another try have no way out", () => {
    const reached = new Set(["open", ...Object.values(stepTransitions).flat()]);
    expect([...reached].sort()).toEqual(Object.keys(stepTransitions).sort());
    expect(standing("failed") || standing("reverted")).toBe(false);
    expect([...stepTransitions.failed, ...stepTransitions.reverted]).toEqual([]);
  });
});
