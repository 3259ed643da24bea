import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import { describe, expect, it } from "vitest";
import { byUrgency } from "./order.ts";

const incident = (level: 1 | 2 | 3, state: Incident["state"], dueAt?: string) => ({
  level,
  state,
  openedAt: "2026-01-30T03:00:00.000Z",
  deadlines:
    dueAt === undefined ? [] : [{ kind: "repaired" as const, level, dueAt, metAt: null, missed: false }],
});

describe("open incidents", () => {
  it("stand by level, then those that nobody took, then by the deadline due first", () => {
    const worst = incident(1, "mitigating");
    const waiting = incident(2, "detected", "2026-01-30T05:00:00.000Z");
    const soon = incident(2, "acknowledged", "2026-01-30T03:30:00.000Z");
    const later = incident(2, "acknowledged", "2026-01-30T04:00:00.000Z");
    const unhurried = incident(2, "acknowledged");
    expect(byUrgency([unhurried, later, soon, waiting, worst])).toEqual([
      worst,
      waiting,
      soon,
      later,
      unhurried,
    ]);
  });
});
