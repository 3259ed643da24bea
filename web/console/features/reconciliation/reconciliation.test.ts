import { differenceKinds, type ReconciliationDifference } from "@orderwatch/shared/ops/reconciliation.ts";
import { describe, expect, it } from "vitest";
import { dayInBeijing } from "./day.ts";
import { byKind } from "./group.ts";
import { isMoving } from "./queries.ts";

describe("reconciliation's screen", () => {
  it("shows every kind, what keeps a buyer waiting first", () => {
    const all = [...differenceKinds].reverse().map((kind) => ({ kind }) as ReconciliationDifference);
    const kinds = byKind(all).map(([kind]) => kind);
    expect([...kinds].sort()).toEqual([...differenceKinds].sort());
    expect(kinds[0]).toBe("paid_unheard");
  });

  it("offers yesterday in Beijing, whatever the hour there is", () => {
    expect(dayInBeijing(new Date("2026-01-30T15:59:59Z"), 1)).toBe("2026-01-29");
    expect(dayInBeijing(new Date("2026-01-30T16:00:00Z"), 1)).toBe("2026-01-30");
  });

  it("asks again while something moves, not while a bill is hours away", () => {
    const now = new Date("2026-01-30T00:00:00Z");
    const run = (state: string, nextAttemptAt: string | null) =>
      isMoving({ state, nextAttemptAt } as Parameters<typeof isMoving>[0], now);
    expect([
      run("running", null),
      run("waiting", "2026-01-30T00:00:00Z"),
      run("waiting", "2026-01-30T02:00:00Z"),
      run("done", null),
    ]).toEqual([true, true, false, false]);
  });
});
