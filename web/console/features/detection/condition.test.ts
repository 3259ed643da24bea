import { Condition } from "@orderwatch/shared/ops/detection.ts";
import { describe, expect, it } from "vitest";
import { endsBeforeItFires, figuresOf, withFigure } from "./condition.ts";
import { labelLines, readLabels } from "./labels.ts";

const conditions: Condition[] = [
  { kind: "gauge", gauge: "active_nodes", direction: "below", fireAt: 0, clearAt: 1 },
  { kind: "share", bad: ["failed"], of: ["placed"], windowS: 60, fireAt: 0.07, clearAt: 0.03, minEvents: 5 },
  { kind: "count", of: ["refused:risk.*"], windowS: 60, fireAt: 100, clearAt: 20 },
  {
    kind: "burn",
    bad: ["failed"],
    of: ["placed"],
    objective: 0.995,
    windows: [
      { longS: 3_600, shortS: 300, burn: 14.4 },
      { longS: 21_600, shortS: 1_800, burn: 6 },
    ],
    clearBurn: 1,
    minEvents: 20,
  },
  { kind: "absence", of: ["placed"], despite: ["beacon:visit"], windowS: 60, minEvents: 10 },
  { kind: "drop", of: ["placed"], windowS: 300, fireAt: 0.5, clearAt: 0.3, minEvents: 50, minWeeks: 2 },
];

describe("a rule's form", () => {
  it("each figure put back as it was shown leaves its condition as it was, and valid", () => {
    for (const condition of conditions)
      for (const figure of figuresOf(condition)) {
        const back = withFigure(condition, figure, figure.shown);
        expect(back).toEqual(condition);
        expect(Condition.safeParse(back).success).toBe(true);
      }
  });

  it("a figure of one window leaves the other window alone", () => {
    const burn = conditions[3];
    const second = burn && figuresOf(burn).find(({ name, window }) => name === "burn" && window === 1);
    if (!burn || !second) throw new Error("no such figure");
    expect(withFigure(burn, second, 8)).toMatchObject({ windows: [{ burn: 14.4 }, { burn: 8 }] });
  });

  it("a condition that ends before it fires is seen in both directions", () => {
    const [below, share] = conditions;
    if (!below || !share) throw new Error("no conditions");
    expect(conditions.map(endsBeforeItFires)).not.toContain(true);
    expect(endsBeforeItFires({ ...below, fireAt: 2 } as Condition)).toBe(true);
    expect(endsBeforeItFires({ ...share, clearAt: 0.5 } as Condition)).toBe(true);
  });
});

describe("labels as lines", () => {
  it("are read as they were written, and a line without a name or value is no label", () => {
    const labels = { channel: "alipay", product: "a=b" };
    expect(readLabels(labelLines(labels))).toEqual(labels);
    expect(readLabels(" channel = alipay \n\n")).toEqual({ channel: "alipay" });
    expect(readLabels("")).toEqual({});
    expect(readLabels("alipay")).toBeNull();
    expect(readLabels("channel=")).toBeNull();
  });
});
