import type { DrillRun, ScoreLine } from "@orderwatch/shared/ops/drills.ts";
import { expect, it } from "vitest";
import { describe, failuresOf, type Result, summarize } from "./report.ts";

const line = (given: Partial<ScoreLine> & Pick<ScoreLine, "line">): ScoreLine => ({
  ...{ points: 10, ofPoints: 10, facts: {}, reason: { "zh-CN": "好", en: "as wanted" } },
  ...given,
});
const aRun = (score: number | null, lines: ScoreLine[] = []): DrillRun => ({
  ...{ id: "0", number: 1, mode: "rehearsal", state: score === null ? "aborted" : "scored", revision: 1 },
  drill: {
    ...{ slug: "d", title: { "zh-CN": "d", en: "d" }, belief: { "zh-CN": "d", en: "d" } },
    ...{ hypothesis: [], faults: [], stop: [], durationS: 30, afterS: 60 },
    radius: { traffic: "synthetic", percent: 100, orders: 1, buyers: 0 },
    targets: { rules: ["node-dead"], labels: {} },
    expect: {
      ...{ rule: "node-dead", level: 2, runbook: "system-down", tickets: false },
      ...{ detectedWithinS: 5, acknowledgedWithinS: 60, mitigatedWithinS: 300 },
    },
  },
  ending: score === null ? { kind: "foreign_alert", detail: "incident 3" } : null,
  ...{ requestedBy: null, approvals: [], approvalsNeeded: 0, plannedFor: "2026-01-01T00:00:00.000Z" },
  ...{ startedAt: null, injectedAt: null, revertedAt: null, endedAt: null, faultUntil: null },
  ...{ settleUntil: null, faults: [], before: [], now: [], after: [], incidentIds: [], actions: [] },
  scorecard: score === null ? null : { score, lines, proposals: [] },
});
const played = (
  slug: string,
  run: DrillRun,
  more: { violations?: number; refused?: string[]; left?: string[] } = {},
): Result => ({
  ...{ slug, run, refused: more.refused ?? [], left: more.left ?? [] },
  violations: Array.from({ length: more.violations ?? 0 }, () => ({
    ...{ invariant: "S1", what: "a code twice", count: 2, samples: [] },
  })),
});

it("a campaign passes only when every drill that was asked for was scored without a violation", () => {
  const well = played("supplier-down", aRun(40));
  expect(failuresOf(["supplier-down"], [well])).toEqual([]);
  expect(failuresOf(["supplier-down", "alipay-down"], [well])).toEqual(["alipay-down was not played"]);
  expect(
    failuresOf(["supplier-down", "alipay-down"], [well, { slug: "alipay-down", never: "drill.conflict" }]),
  ).toEqual(["alipay-down never began: drill.conflict"]);
  expect(failuresOf(["x"], [played("x", aRun(null))])).toEqual([
    "x was not scored: foreign_alert: incident 3",
  ]);
  expect(failuresOf(["x"], [played("x", aRun(100), { violations: 1 })])).toEqual([
    "x broke S1 2 times: a code twice",
  ]);
  expect(failuresOf(["x"], [played("x", aRun(100), { left: ["wechat is paused"] })])).toEqual([
    "x left behind: wechat is paused",
  ]);
});

it("a campaign fails when the drill of a killed node scores below 90", () => {
  expect(failuresOf(["kill-active-node"], [played("kill-active-node", aRun(90))])).toEqual([]);
  expect(failuresOf(["kill-active-node"], [played("kill-active-node", aRun(89.94))])).toEqual([
    "kill-active-node scored 89.9, wanted 90",
  ]);
});

it("a result says the score, the times, each line below full marks with its reason, violations and refusals", () => {
  const lines = [
    line({ line: "detected", facts: { tookS: 1.04 } }),
    line({
      ...{ line: "mitigated", points: 0, facts: { tookS: null } },
      reason: { "zh-CN": "没有", en: "It never happened" },
    }),
  ];
  const said = describe(
    played("kill-active-node", aRun(91.26, lines), { violations: 1, refused: ["POST /x: runbook.conflict"] }),
  );
  expect(said.split("\n")).toEqual([
    expect.stringMatching(/^kill-active-node +score 91.3 {2}detected 1 s .*mitigated – .*1 violations/),
    "    mitigated 0 of 10: It never happened",
    "    S1 broken 2 times: a code twice",
    "    refused POST /x: runbook.conflict",
  ]);
  expect(summarize([played("a", aRun(91.26)), { slug: "b", never: "busy" }])).toBe(
    "1 of 2 scored, lowest 91.3, 0 violations",
  );
});
