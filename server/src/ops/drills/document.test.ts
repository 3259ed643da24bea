import type { Drill } from "@orderwatch/shared/ops/drills.ts";
import { expect, it } from "vitest";
import { aDrill } from "../../../test/drills/desk.ts";
import { DrillError, type KnownNames, parseDrill, problemsOf } from "./document.ts";

const rule = { level: 2, runbook: "supplier-failing", groupBy: [], forS: 0 };
const known: KnownNames = {
  rules: new Map([
    ["supplier-failing", rule],
    ["orders-slow", { ...rule, runbook: "system-down", forS: 15 }],
    ["queue-lag", { ...rule, runbook: "queue-stuck", groupBy: ["queue"] }],
  ]),
  runbooks: new Set(["supplier-failing", "system-down", "queue-stuck"]),
};
const { expect: expected, targets } = aDrill();
const window = { from: "09:30", until: "17:00" };
const schedule = { cron: "0 10 * * 2", timeZone: "Asia/Shanghai", window };

it("a drill whose names exist and whose expectations can be met has no problem", () => {
  expect(problemsOf(aDrill({ schedule }), known)).toEqual([]);
});

const flawed: [string, Partial<Drill>, RegExp[]][] = [
  ["a rule that there is not", { targets: { ...targets, rules: ["supplier-failing", "x"] } }, [/no rule x/]],
  [
    "an expected rule that there is not",
    { expect: { ...expected, rule: "x" } },
    [/there is no rule x/, /x is not among targets/],
  ],
  [
    "a runbook that there is not",
    { expect: { ...expected, runbook: "x" } },
    [/leads to supplier-failing, not x/, /no runbook x/],
  ],
  [
    "a runbook to which the rule does not lead",
    { expect: { ...expected, runbook: "system-down" } },
    [/supplier-failing leads to supplier-failing, not system-down/],
  ],
  ["a level that the rule has not", { expect: { ...expected, level: 1 } }, [/is of level 2, not 1/]],
  [
    "an expected rule whose alert would end the run",
    { targets: { ...targets, rules: ["queue-lag"], labels: { queue: ["delivery"] } } },
    [/supplier-failing is not among targets\.rules/],
  ],
  [
    "a label that its rule says and that is not listed",
    { targets: { ...targets, rules: ["supplier-failing", "queue-lag"] } },
    [/queue-lag says its queue, which is not listed/],
  ],
  [
    "a label that none of its rules says",
    { targets: { ...targets, labels: { chanel: ["wechat"] } } },
    [/none of its rules says a chanel/],
  ],
  [
    "to be noticed sooner than the rule fires",
    {
      targets: { rules: ["orders-slow"], labels: {} },
      expect: { ...expected, rule: "orders-slow", runbook: "system-down", detectedWithinS: 10 },
    },
    [/orders-slow fires only after 15 s/],
  ],
  [
    "to be noticed after the fault",
    { durationS: 20, afterS: 60, expect: { ...expected, detectedWithinS: 30 } },
    [/the fault lasts 20 s/],
  ],
  [
    "to be acknowledged before it is noticed",
    { expect: { ...expected, detectedWithinS: 40 } },
    [/nobody acknowledges before it is detected/],
  ],
  [
    "to be mitigated before it is acknowledged",
    { expect: { ...expected, mitigatedWithinS: 20 } },
    [/nobody mitigates before acknowledging/],
  ],
  [
    "to be mitigated after it is scored",
    { expect: { ...expected, mitigatedWithinS: 91 } },
    [/mitigatedWithinS: the run is scored after 90 s/],
  ],
  [
    "buyers of synthetic traffic",
    { radius: { traffic: "synthetic", percent: 100, orders: 100, buyers: 1 } },
    [/synthetic traffic has no buyers/],
  ],
  [
    "a time zone that there is not",
    { schedule: { ...schedule, timeZone: "Asia/Atlantis" } },
    [/no time zone Asia\/Atlantis/],
  ],
  [
    "a window that ends before it begins",
    { schedule: { ...schedule, window: { from: "17:00", until: "09:30" } } },
    [/until must be later/],
  ],
  ["a cron that is none", { schedule: { ...schedule, cron: "soon" } }, [/schedule\.cron/]],
  [
    "a schedule that never begins inside its window",
    { schedule: { ...schedule, cron: "0 3 * * 2" } },
    [/never begins inside its window/],
  ],
];
it.each(flawed)("a drill fails the build for %s", (_, given, problems) => {
  expect(problemsOf(aDrill(given), known)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
});

it("a file that is no drill is refused with each flaw by its place, and what it cannot be by its words", () => {
  const source = JSON.stringify({ ...aDrill(), slug: undefined });
  expect(parseDrill("supplier-down", source, known)).toEqual(aDrill());
  expect(() => parseDrill("x", "{", known)).toThrow(DrillError);
  expect(() => parseDrill("x", source.replace('"percent":100', '"percent":101'), known)).toThrow(
    "radius.percent",
  );
  expect(() => parseDrill("x", source.replace('"level":2', '"level":1'), known)).toThrow("expect.level");
});
