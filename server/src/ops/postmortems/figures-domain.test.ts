import { expect, it } from "vitest";
import { type FigureIncident, figuresOf, timesOf } from "./figures-domain.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 8, minute)).toISOString();
const incident = (more: Partial<FigureIncident> = {}): FigureIncident => ({
  ...{ level: 1, state: "resolved", drill: false, deadlines: [] },
  ...{ startedAt: at(0), detectedAt: at(1), acknowledgedAt: at(3), mitigatedAt: at(11), resolvedAt: at(21) },
  affected: { total: 4, simulated: 0 },
  ...more,
});
const minutes = (n: number) => n * 60_000;
const level1 = (incidents: FigureIncident[]) => figuresOf(incidents).levels[0];

it("MTTD counts from the trouble's beginning; MTTA, MTTM and MTTR from its detection", () => {
  expect(timesOf(incident())).toMatchObject({
    detectMs: minutes(1),
    acknowledgeMs: minutes(2),
    mitigateMs: minutes(10),
    resolveMs: minutes(20),
  });
  expect(level1([incident(), incident({ detectedAt: at(3), resolvedAt: null })])).toMatchObject({
    incidents: 2,
    mttd: { count: 2, meanMs: minutes(2), medianMs: minutes(2) },
    mttr: { count: 1, meanMs: minutes(20), medianMs: minutes(20) },
  });
});

it("a corrected moment recomputes the figures, and one before its beginning counts as nothing", () => {
  expect(level1([incident({ startedAt: at(-9) })])?.mttd.meanMs).toBe(minutes(10));
  expect(level1([incident({ startedAt: at(2) })])?.mttd.meanMs).toBe(0);
});

it("O10: drills, duplicates, false alarms and what struck simulated orders alone are in no figure", () => {
  const left = [
    incident({ drill: true }),
    incident({ state: "merged" }),
    incident({ state: "false_alarm" }),
    incident({ affected: { total: 0, simulated: 7 } }),
  ];
  expect(figuresOf(left)).toMatchObject({ excluded: 4, levels: [{ incidents: 0 }, {}, {}] });
  const kept = [
    incident({ affected: { total: 0, simulated: 0 } }),
    incident({ affected: { total: 1, simulated: 7 } }),
  ];
  expect(figuresOf([...left, ...kept])).toMatchObject({ excluded: 4, levels: [{ incidents: 2 }, {}, {}] });
});

it("deadlines are met or missed by what became of them; those still running are neither", () => {
  const deadline = { kind: "plan_started", level: 1, dueAt: at(11) } as const;
  const deadlines = [
    { ...deadline, metAt: at(5), missed: false },
    { ...deadline, metAt: at(15), missed: true },
    { ...deadline, metAt: null, missed: false },
  ];
  expect(level1([incident({ deadlines })])?.deadlines).toEqual({ met: 1, missed: 1 });
});

it("without incidents a figure is null, not zero", () => {
  expect(level1([])?.mttr).toEqual({ count: 0, meanMs: null, medianMs: null });
});
