import { type DrillRunState, drillRunStates } from "@orderwatch/shared/ops/drills.ts";
import { expect, it } from "vitest";
import { attributing, transitions, whyNotBegin } from "./domain.ts";

const ends: DrillRunState[] = ["scored", "aborted", "skipped"];

it("every state of a run is reached from one that it begins in, and what is over has no exit", () => {
  const reached = new Set<DrillRunState>(["awaiting_approval"]);
  for (const state of reached) for (const next of transitions[state]) reached.add(next);
  expect([...reached].toSorted()).toEqual([...drillRunStates].toSorted());
  for (const state of ends) expect(transitions[state]).toEqual([]);
});

it("a run moves along its table and never back, and from wherever it is it can end", () => {
  const order: DrillRunState[] = [
    ...["awaiting_approval", "planned", "checking", "injecting", "running"],
    ...["reverting", "verifying", "settling", "scored", "aborted", "skipped"],
  ] as DrillRunState[];
  for (const state of drillRunStates) {
    for (const next of transitions[state]) expect(order.indexOf(next)).toBeGreaterThan(order.indexOf(state));
    const seen = new Set([state]);
    for (const each of seen) for (const next of transitions[each]) seen.add(next);
    expect(ends.some((end) => seen.has(end))).toBe(true);
  }
});

it("O8: a run whose fault may be out ends only by way of reverting and verifying", () => {
  expect(transitions.running).toEqual(["reverting"]);
  expect(transitions.reverting).toEqual(["verifying"]);
  for (const state of drillRunStates) {
    if (transitions[state].includes("scored")) expect(state).toBe("settling");
    if (transitions[state].includes("settling")) expect(state).toBe("verifying");
  }
  for (const state of ["injecting", "running", "reverting", "verifying"] as const)
    expect(attributing).toContain(state);
});

it("O9: the gravest that stands against beginning is named, and what is not known stands against it", () => {
  const free = { stopEngaged: false, openIncidents: 0, budgetSpent: false, underWay: false };
  const fine = { ...free, inWindow: true, lateMs: 0 };
  const why = (given: Partial<Parameters<typeof whyNotBegin>[0]>) => whyNotBegin({ ...fine, ...given })?.kind;
  expect(whyNotBegin(fine)).toBeNull();
  expect(why({ budgetSpent: true })).toBe("budget_spent");
  expect(why({ budgetSpent: null })).toBe("missing_data");
  expect(why({ budgetSpent: true, openIncidents: 1 })).toBe("incident_open");
  expect(why({ stopEngaged: true, openIncidents: 1 })).toBe("stop_all");
  expect(why({ underWay: true, budgetSpent: null })).toBe("overlap");
  expect(why({ inWindow: false, lateMs: 3_600_000 })).toBe("outside_window");
  expect(why({ lateMs: 601_000 })).toBe("too_late");
});
