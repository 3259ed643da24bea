import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scorecardOf } from "./domain.ts";
import type { ScoreFacts } from "./facts.ts";

const perfect: ScoreFacts = {
  expect: {
    ...{ rule: "node-dead", level: 2, runbook: "system-down", tickets: true },
    ...{ detectedWithinS: 5, acknowledgedWithinS: 60, mitigatedWithinS: 300 },
  },
  incidents: [
    {
      ...{ rule: "node-dead", level: 2, openedS: 1, acknowledgedS: 20, firstStepS: 30, mitigatedS: 90 },
      ...{ actedS: 40, saidS: null },
      runbooks: ["system-down"],
    },
  ],
  revertedS: 30,
  pages: { sent: 1, delivered: 1, firstDeliveredS: 2 },
  buyers: { touched: 0, allowed: 0, failed: 0, refused: 0 },
  violations: [],
  failedOrders: { count: 3, withTicket: 3, taken: 1 },
  reverted: { faults: 1, verified: 1, hypothesisHolds: true },
  moved: [],
};
const line = (facts: ScoreFacts, name: string) => scorecardOf(facts).lines.find((each) => each.line === name);

const seconds = fc.option(fc.double({ min: 0, max: 20_000, noNaN: true }), { nil: null });
const anyFacts: fc.Arbitrary<ScoreFacts> = fc.record({
  expect: fc.record({
    rule: fc.constantFrom("a", "b"),
    level: fc.constantFrom(1 as const, 2 as const, 3 as const),
    runbook: fc.constantFrom("r", "s"),
    tickets: fc.boolean(),
    detectedWithinS: fc.integer({ min: 1, max: 3_600 }),
    acknowledgedWithinS: fc.integer({ min: 1, max: 3_600 }),
    mitigatedWithinS: fc.integer({ min: 1, max: 3_600 }),
  }),
  incidents: fc.array(
    fc.record({
      rule: fc.constantFrom("a", "b", null),
      level: fc.constantFrom(1 as const, 2 as const, 3 as const),
      openedS: fc.double({ min: 0, max: 20_000, noNaN: true }),
      ...{
        acknowledgedS: seconds,
        firstStepS: seconds,
        mitigatedS: seconds,
        actedS: seconds,
        saidS: seconds,
      },
      runbooks: fc.array(fc.constantFrom("r", "s")),
    }),
    { maxLength: 4 },
  ),
  revertedS: seconds,
  pages: fc.record({ sent: fc.nat(5), delivered: fc.nat(5), firstDeliveredS: seconds }),
  buyers: fc.record({ touched: fc.nat(9), allowed: fc.nat(9), failed: fc.nat(9), refused: fc.nat(9) }),
  violations: fc.option(
    fc.array(
      fc.record({
        invariant: fc.constant("S1"),
        what: fc.constant("w"),
        count: fc.integer({ min: 1, max: 9 }),
      }),
    ),
    { nil: null },
  ),
  failedOrders: fc
    .nat(9)
    .chain((count) =>
      fc.record({ count: fc.constant(count), withTicket: fc.nat(count), taken: fc.nat(count) }),
    ),
  reverted: fc.record({ faults: fc.nat(3), verified: fc.nat(3), hypothesisHolds: fc.boolean() }),
  moved: fc.array(fc.constantFrom("payment.declined", "delivery.supplier_failed")),
});

describe("a scorecard", () => {
  it("is 100 when nothing was missed, and says so without a proposal", () => {
    expect(scorecardOf(perfect)).toMatchObject({ score: 100, proposals: [] });
  });

  it("lies between 0 and 100 whatever happened, and every line within its own points", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const { score, lines } = scorecardOf(facts);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
        for (const { points, ofPoints } of lines) {
          expect(points).toBeGreaterThanOrEqual(0);
          expect(points).toBeLessThanOrEqual(ofPoints);
        }
      }),
    );
  });

  it("is never better for having been slower", () => {
    fc.assert(
      fc.property(anyFacts, fc.integer({ min: 1, max: 5_000 }), (facts, later) => {
        const slower: ScoreFacts = {
          ...facts,
          incidents: facts.incidents.map((incident) => ({
            ...incident,
            openedS: incident.openedS + later,
            acknowledgedS: incident.acknowledgedS === null ? null : incident.acknowledgedS + later,
            mitigatedS: null,
          })),
        };
        expect(scorecardOf(slower).score).toBeLessThanOrEqual(scorecardOf(facts).score + 1e-9);
      }),
    );
  });

  it("gives nothing for what nobody saw, and names the counts that moved", () => {
    const unseen: ScoreFacts = {
      ...perfect,
      ...{ incidents: [], pages: { sent: 0, delivered: 0, firstDeliveredS: null } },
      moved: ["delivery.supplier_failed"],
    };
    for (const name of [
      "detected",
      "right_rule",
      "right_level",
      "page_delivered",
      "acknowledged",
      "mitigated",
    ])
      expect(line(unseen, name)?.points).toBe(0);
    expect(scorecardOf(unseen).proposals[0]).toMatchObject({
      kind: "rule",
      text: { en: expect.stringContaining("delivery.supplier_failed") },
    });
  });

  it("gives part of the points for what came late, and none at three times as long", () => {
    const late = (openedS: number): ScoreFacts => ({
      ...perfect,
      incidents: perfect.incidents.map((incident) => ({ ...incident, openedS })),
    });
    expect(line(late(5), "detected")?.points).toBe(20);
    expect(line(late(10), "detected")?.points).toBe(10);
    expect(line(late(15), "detected")?.points).toBe(0);
  });

  it("counts no line that does not apply, and every violation as a thing to mend", () => {
    expect(
      line({ ...perfect, failedOrders: { count: 0, withTicket: 0, taken: 0 } }, "ticket_handoff")?.ofPoints,
    ).toBe(0);
    const broken = scorecardOf({ ...perfect, violations: [{ invariant: "S1", what: "twice", count: 2 }] });
    expect(broken.score).toBe(90);
    expect(broken.proposals).toMatchObject([{ kind: "fix" }]);
  });

  it("gives nothing for what healed only because the fault was taken back, and proposes the missing step", () => {
    const untouched = (mitigatedS: number): ScoreFacts => ({
      ...perfect,
      incidents: perfect.incidents.map((incident) => ({ ...incident, mitigatedS, actedS: null })),
    });
    expect(line(untouched(29), "mitigated")?.points).toBe(10);
    expect(line(untouched(31), "mitigated")).toMatchObject({
      ...{ points: 0, ofPoints: 10 },
      reason: { en: expect.stringContaining("nobody had done anything") },
    });
    expect(scorecardOf(untouched(31)).proposals).toMatchObject([{ kind: "runbook" }]);
  });

  it("gives an unattended run of a fault that ends by itself less than two thirds", () => {
    const alone: ScoreFacts = {
      ...perfect,
      incidents: perfect.incidents.map((incident) => ({
        ...incident,
        ...{ acknowledgedS: null, firstStepS: null, mitigatedS: 60, actedS: null, saidS: null, runbooks: [] },
      })),
      failedOrders: { count: 3, withTicket: 3, taken: 0 },
    };
    expect(scorecardOf(alone).score).toBeLessThan(67);
  });

  it("gives nothing for buyers of whom one failed or was refused, whatever the leases say that they touched", () => {
    const met = (buyers: Partial<ScoreFacts["buyers"]>) =>
      line({ ...perfect, buyers: { ...perfect.buyers, ...buyers } }, "buyers_unaffected");
    expect(met({})?.points).toBe(5);
    expect(met({ failed: 1 })?.points).toBe(0);
    expect(met({ refused: 2 })).toMatchObject({
      points: 0,
      reason: { en: expect.stringContaining("2 refused") },
    });
  });

  it("says for each of what people did not do what is missing", () => {
    const kinds = (facts: ScoreFacts) => scorecardOf(facts).proposals.map(({ text }) => text.en);
    const [incident] = perfect.incidents;
    if (!incident) throw new Error("no incident");
    const with_ = (given: Partial<typeof incident>): ScoreFacts => ({
      ...perfect,
      incidents: [{ ...incident, ...given }],
    });
    expect(kinds(with_({ acknowledgedS: null }))).toEqual([expect.stringContaining("Nobody acknowledged")]);
    expect(kinds(with_({ acknowledgedS: 170 }))).toEqual([expect.stringContaining("too late")]);
    expect(kinds(with_({ mitigatedS: null }))).toEqual([expect.stringContaining("did not end it")]);
    expect(kinds(with_({ mitigatedS: 800 }))).toEqual([expect.stringContaining("mitigated too late")]);
    expect(kinds({ ...perfect, failedOrders: { count: 3, withTicket: 2, taken: 1 } })).toEqual([
      "1 failed orders have no ticket",
    ]);
    expect(kinds({ ...perfect, failedOrders: { count: 3, withTicket: 3, taken: 0 } })).toEqual([
      expect.stringContaining("Nobody took over"),
    ]);
  });

  it("wants of failed orders that each has its ticket and that a person took one over, half for each", () => {
    const handed = (withTicket: number, taken: number) =>
      line({ ...perfect, failedOrders: { count: 4, withTicket, taken } }, "ticket_handoff")?.points;
    expect([handed(4, 1), handed(4, 0), handed(2, 1), handed(0, 0)]).toEqual([2, 1, 1.5, 0]);
  });
});
