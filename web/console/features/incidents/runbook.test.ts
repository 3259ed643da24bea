import { describe, expect, it } from "vitest";
import { currentStep, isMoving, isOpen } from "./runbook.ts";

const steps = (...states: ("confirmed" | "watching" | "done" | "failed" | "reverted" | null)[]) =>
  states.map((state) => ({ run: state === null ? null : { state } }));

describe("a runbook's next step", () => {
  it("is the first at the beginning, and the one after what was done later", () => {
    expect(currentStep(steps(null, null, null))).toBe(0);
    expect(currentStep(steps("done", null, null))).toBe(1);
  });

  it("passes over what was left out, and comes back to it in the end", () => {
    expect(currentStep(steps(null, "watching", null))).toBe(2);
    expect(currentStep(steps(null, "confirmed", "done"))).toBe(0);
    expect(currentStep(steps("done", "confirmed"))).toBe(-1);
  });

  it("is again one that failed or went back", () => {
    expect(currentStep(steps("done", "failed", null))).toBe(1);
    expect(currentStep(steps("reverted"))).toBe(0);
  });
});

it("a step that is watched moves, and cannot be executed again meanwhile", () => {
  const [watched, failed] = steps("watching", "failed");
  expect(watched && [isMoving(watched), isOpen(watched)]).toEqual([true, false]);
  expect(failed && [isMoving(failed), isOpen(failed)]).toEqual([false, true]);
});
