import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeOf, groupsOf, referencesOf, stepsOf, tallyOf } from "./domain.ts";

const reached = (steps: { reached: number }[]) => steps.map((each) => each.reached);

describe("a funnel", () => {
  it("counts a visit for every step up to its last one, and says which of them nobody saw", () => {
    const steps = stepsOf(
      tallyOf([
        { bits: 0, visits: 10 },
        { bits: 1, visits: 5 },
        { bits: 0b11, visits: 3 },
        { bits: 0b100, visits: 2 },
        { bits: 0b11111, visits: 1 },
      ]),
      null,
    );
    expect(reached(steps)).toEqual([21, 11, 6, 3, 1, 1]);
    expect(steps.map((each) => each.inferred)).toEqual([0, 2, 2, 0, 0, 0]);
    expect(steps.map((each) => each.kept)).toEqual([null, 11 / 21, 6 / 11, 3 / 6, 1 / 3, 1]);
  });

  it("never widens, and what was seen and what was inferred add up to what was reached", () => {
    const seen = fc.array(fc.record({ bits: fc.nat(31), visits: fc.nat(1_000) }));
    fc.assert(
      fc.property(seen, (rows) => {
        const tally = tallyOf(rows);
        const steps = stepsOf(tally, null);
        expect(reached(steps)).toEqual(reached(steps).toSorted((a, b) => b - a));
        expect(steps[0]?.reached).toBe(rows.reduce((sum, { visits }) => sum + visits, 0));
        for (const { step, inferred } of steps) {
          expect(inferred).toBeGreaterThanOrEqual(0);
          expect(tally[step].own + inferred).toBe(tally[step].reached);
        }
      }),
    );
  });

  it("of a product begins with the product, the most visited first", () => {
    const groups = groupsOf(
      new Map([
        ["A", tallyOf([{ bits: 1, visits: 4 }])],
        ["B", tallyOf([{ bits: 3, visits: 9 }])],
      ]),
      null,
      "product",
    );
    expect(groups.map(({ key, steps }) => [key, steps[0]?.step, steps[0]?.kept])).toEqual([
      ["B", "product", null],
      ["A", "product", null],
    ]);
  });
});

describe("a change", () => {
  it("is not known from few visits", () => {
    expect(changeOf({ from: 100, kept: 10 }, { from: 49, kept: 40 })).toBeNull();
    expect(changeOf({ from: 0, kept: 0 }, { from: 500, kept: 400 })).toBeNull();
  });

  it("that chance explains is no drop; one that it does not explain is, with the visits it cost", () => {
    expect(changeOf({ from: 100, kept: 44 }, { from: 400, kept: 200 })).toMatchObject({ isDrop: false });
    const drop = changeOf({ from: 100, kept: 20 }, { from: 400, kept: 200 });
    expect(drop).toMatchObject({ isDrop: true, normal: 0.5 });
    expect(drop?.change).toBeCloseTo(-0.3);
    expect(drop?.missing).toBeCloseTo(30);
    expect(changeOf({ from: 100, kept: 80 }, { from: 400, kept: 200 })).toMatchObject({ isDrop: false });
  });

  it("of a share that was always whole is told without dividing by zero", () => {
    expect(changeOf({ from: 60, kept: 60 }, { from: 60, kept: 60 })).toMatchObject({
      change: 0,
      isDrop: false,
    });
  });
});

it("a window is compared with as long a one at the same time of the weeks before, and with the time right before", () => {
  const at = (text: string) => new Date(text);
  const { weeks, before } = referencesOf({
    from: at("2026-03-30T10:00:20Z"),
    to: at("2026-03-30T11:00:20Z"),
  });
  expect(weeks).toHaveLength(4);
  expect(weeks[0]).toEqual({ from: at("2026-03-23T10:00:00Z"), to: at("2026-03-23T11:00:00Z") });
  expect(weeks[3]).toEqual({ from: at("2026-03-02T10:00:00Z"), to: at("2026-03-02T11:00:00Z") });
  expect(before).toEqual({ from: at("2026-03-30T09:00:00Z"), to: at("2026-03-30T10:00:00Z") });
});
