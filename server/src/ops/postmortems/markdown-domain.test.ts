import type { Postmortem } from "@orderwatch/shared/ops/postmortems.ts";
import { expect, it } from "vitest";
import { timesOf } from "./figures-domain.ts";
import { durationOf, toMarkdown } from "./markdown-domain.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 8, minute)).toISOString();
const postmortem: Omit<Postmortem, "markdown"> = {
  ...{ incidentId: "01", number: 7, level: 2, title: { en: "Alipay | fails", "zh-CN": "支付宝异常" } },
  ...{ state: "draft", revision: 1, summary: "First line\n# not a heading" },
  timeline: [
    {
      ...{ id: "02", at: at(1), type: "note", by: { id: "s", name: "Li Wei" }, text: "called <them>\n- now" },
      ...{ facts: {}, links: [], corrects: null },
    },
  ],
  impact: { orders: 3, amountFen: 12_345, delivered: 1, refunded: 1, refundedFen: 5_000, waived: 1 },
  times: timesOf({
    ...{ startedAt: at(0), detectedAt: at(0), acknowledgedAt: at(1), mitigatedAt: null, resolvedAt: null },
  }),
  deadlines: [{ kind: "repaired", level: 2, dueAt: at(30), metAt: null, missed: true }],
  factors: ["One supplier"],
  actions: [{ what: "Second supplier", owner: "Li Wei", dueOn: "2026-04-01", done: false }],
  ...{ changedBy: null, changedAt: null, publishedAt: null },
};

it("a postmortem as Markdown tells impact, times, targets and actions in the language that was asked for", () => {
  const en = toMarkdown(postmortem, "en");
  expect(en).toContain("# Postmortem of incident 7: Alipay \\| fails");
  expect(en).toContain("3 orders of buyers, ¥123.45 in all: 1 delivered, 1 refunded (¥50.00), 1 waived.");
  expect(en).toContain(`- Repaired (${at(30)}): missed`);
  expect(en).toContain(`| Acknowledged | ${at(1)} | 1 min 00 s |`);
  expect(en).toContain("| Second supplier | Li Wei | 2026-04-01 |  |");
  expect(toMarkdown(postmortem, "zh-CN")).toContain("# 事故 7 复盘: 支付宝异常");
});

it("what people wrote cannot become markup, a heading or another entry", () => {
  const en = toMarkdown(postmortem, "en");
  expect(en).toContain("called \\<them\\> - now");
  expect(en).toContain("First line\n\\# not a heading");
});

it("durations leave out the parts that lead with nothing", () => {
  expect([0, 61_000, 3_723_000].map(durationOf)).toEqual(["0 s", "1 min 01 s", "1 h 02 min 03 s"]);
});
