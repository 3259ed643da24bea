import { incidentStates } from "@orderwatch/shared/ops/incidents.ts";
import { describe, expect, it } from "vitest";
import { canMove, deadlinesOf, groupKey, isOpen, metAt, movesOf, transitions } from "./domain.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));

describe("an incident's states", () => {
  it("are all reached from detected, and an ended one is never open again", () => {
    const reached = new Set(["detected"]);
    for (const state of reached)
      for (const to of transitions[state as keyof typeof transitions]) reached.add(to);
    expect([...reached].sort()).toEqual([...incidentStates].sort());
    for (const state of incidentStates.filter((one) => !isOpen(one)))
      expect(incidentStates.filter((to) => canMove(state, to) && isOpen(to))).toEqual([]);
    for (const state of ["reviewed", "merged", "false_alarm"] as const)
      expect(transitions[state]).toEqual([]);
  });

  it("offer every move but merging, which has a door of its own", () => {
    expect(movesOf("monitoring")).toEqual(["mitigating", "resolved", "false_alarm"]);
  });
});

describe("deadlines", () => {
  it.each([
    [1, [["plan_started", at(10)]]],
    [
      2,
      [
        ["third_party_engaged", at(30)],
        ["repaired", at(30)],
      ],
    ],
    [3, [["hotfix_live", at(120)]]],
  ] as const)("of level %s", (level, wanted) => {
    const due = deadlinesOf([{ at: at(0), level }]);
    expect(due.map(({ kind, dueAt }) => [kind, dueAt])).toEqual(wanted);
  });

  it("start when a level is first had, so changing there and back wins no time", () => {
    const due = deadlinesOf([
      { at: at(0), level: 2 },
      { at: at(5), level: 1 },
      { at: at(25), level: 2 },
      { at: at(40), level: 1 },
    ]);
    expect(due.map(({ kind, dueAt, active }) => [kind, dueAt, active])).toEqual([
      ["third_party_engaged", at(30), false],
      ["repaired", at(30), false],
      ["plan_started", at(15), true],
    ]);
  });

  it("are met by what they ask for, or by the end", () => {
    const never = { planStartedAt: null, thirdPartyEngagedAt: null, mitigatedAt: null, resolvedAt: null };
    expect(metAt("plan_started", { ...never, mitigatedAt: at(1) })).toBeNull();
    expect(metAt("plan_started", { ...never, planStartedAt: at(2) })).toEqual(at(2));
    expect(metAt("third_party_engaged", { ...never, thirdPartyEngagedAt: at(3) })).toEqual(at(3));
    expect(metAt("hotfix_live", { ...never, mitigatedAt: at(4), resolvedAt: at(5) })).toEqual(at(4));
    expect(metAt("repaired", never)).toBeNull();
  });
});

it("O4: a condition's group is its rule and what it is about, whichever of equal machines it struck", () => {
  expect(groupKey("r", { node: "a", channel: "x" }, null)).toBe(
    groupKey("r", { channel: "x", node: "b" }, null),
  );
  expect(groupKey("r", { channel: "x" }, null)).not.toBe(groupKey("r", { channel: "y" }, null));
  expect(groupKey("r", {}, null)).not.toBe(groupKey("s", {}, null));
});
