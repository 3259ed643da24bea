import type { Scorecard, ScoreLine, ScoreLineName } from "@orderwatch/shared/ops/drills.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { IncidentFacts, ScoreFacts } from "./facts.ts";
import { mitigationOf } from "./mitigation.ts";
import { proposalsOf } from "./proposals.ts";

/** What each line weighs when it applies; together 100. */
const weights: Record<ScoreLineName, number> = {
  detected: 20,
  right_rule: 8,
  right_level: 7,
  page_delivered: 10,
  acknowledged: 10,
  first_step: 10,
  right_runbook: 5,
  mitigated: 10,
  buyers_unaffected: 5,
  invariants: 10,
  ticket_handoff: 2,
  reverted: 3,
};

/** Full marks within the time, then less and less: none at three times as long. */
function inTime(tookS: number | null, withinS: number): number {
  if (tookS === null) return 0;
  if (tookS <= withinS) return 1;
  return Math.max(0, 1 - (tookS - withinS) / (2 * withinS));
}

const shown = (seconds: number) => Math.round(seconds * 10) / 10;

function timed(line: ScoreLineName, tookS: number | null, withinS: number): ScoreLine {
  const share = inTime(tookS, withinS);
  const took = tookS === null ? null : shown(tookS);
  const reason: Words =
    took === null
      ? { "zh-CN": `要求 ${withinS} 秒内，没有发生`, en: `Wanted within ${withinS} s; it never happened` }
      : {
          "zh-CN": `用时 ${took} 秒，要求 ${withinS} 秒内`,
          en: `Took ${took} s, wanted within ${withinS} s`,
        };
  return lineOf(line, share, { tookS: took, withinS }, reason);
}

function lineOf(line: ScoreLineName, share: number, facts: ScoreLine["facts"], reason: Words): ScoreLine {
  const ofPoints = weights[line];
  return { line, points: ofPoints * Math.min(1, Math.max(0, share)), ofPoints, facts, reason };
}

/** A line that says nothing of this run. */
const without = (line: ScoreLineName, reason: Words): ScoreLine => ({
  ...{ line, points: 0, ofPoints: 0, facts: {}, reason },
});

const first = <T>(values: readonly (T | null)[], least: (a: T, b: T) => T): T | null =>
  values.reduce<T | null>((best, value) => {
    if (value === null) return best;
    return best === null ? value : least(best, value);
  }, null);
const soonest = (values: readonly (number | null)[]) => first(values, Math.min);

/** Pure: the same facts make the same card. Never below 0 or above 100; a miss never makes it better. */
export function scorecardOf(facts: ScoreFacts): Scorecard {
  const { incidents, expect } = facts;
  const expected = incidents.find(({ rule }) => rule === expect.rule);
  const lines = [...machineLines(facts, expected), ...peopleLines(facts), ...harmLines(facts)];
  const of = lines.reduce((all, { ofPoints }) => all + ofPoints, 0);
  const points = lines.reduce((all, line) => all + line.points, 0);
  return {
    score: of === 0 ? 0 : Math.min(100, Math.max(0, (100 * points) / of)),
    lines,
    proposals: proposalsOf(facts, lines),
  };
}

/** What the machine did: notice, name, and reach somebody. */
function machineLines(facts: ScoreFacts, expected: IncidentFacts | undefined): ScoreLine[] {
  const { incidents, expect, pages } = facts;
  const rules = incidents.map(({ rule }) => rule ?? "-").join(", ");
  const level = expected?.level ?? incidents[0]?.level ?? null;
  return [
    timed("detected", soonest(incidents.map(({ openedS }) => openedS)), expect.detectedWithinS),
    lineOf(
      "right_rule",
      expected ? 1 : 0,
      { rule: expect.rule, found: rules || null },
      expected
        ? { "zh-CN": `${expect.rule} 发现了它`, en: `${expect.rule} saw it` }
        : {
            "zh-CN": `应由 ${expect.rule} 发现，实际：${rules || "没有"}`,
            en: `Wanted ${expect.rule}, found ${rules || "nothing"}`,
          },
    ),
    lineOf(
      "right_level",
      level === expect.level ? 1 : 0,
      { level, expected: expect.level },
      {
        "zh-CN": level === null ? "没有事故" : `${level} 级，应为 ${expect.level} 级`,
        en: level === null ? "No incident" : `Level ${level}, wanted level ${expect.level}`,
      },
    ),
    lineOf(
      "page_delivered",
      pages.sent === 0 ? 0 : pages.delivered > 0 ? 1 : 0,
      { sent: pages.sent, delivered: pages.delivered, firstDeliveredS: pages.firstDeliveredS },
      pages.delivered > 0
        ? {
            "zh-CN": `${pages.sent} 次呼叫，${pages.delivered} 次送达`,
            en: `${pages.delivered} of ${pages.sent} pages reached their person`,
          }
        : { "zh-CN": "没有一次呼叫送达", en: "No page reached anybody" },
    ),
  ];
}

/** What people did with it. */
function peopleLines(facts: ScoreFacts): ScoreLine[] {
  const { incidents, expect } = facts;
  const acknowledgedS = soonest(incidents.map((incident) => incident.acknowledgedS));
  const firstStepS = soonest(incidents.map((incident) => incident.firstStepS));
  const used = [...new Set(incidents.flatMap(({ runbooks }) => runbooks))];
  const right = used.includes(expect.runbook);
  return [
    timed("acknowledged", acknowledgedS, expect.acknowledgedWithinS),
    timed("first_step", firstStepS, expect.mitigatedWithinS),
    lineOf(
      "right_runbook",
      right ? 1 : 0,
      { wanted: expect.runbook, used: used.join(", ") || null },
      right
        ? { "zh-CN": `执行了 ${expect.runbook}`, en: `${expect.runbook} was executed` }
        : {
            "zh-CN": `应执行 ${expect.runbook}，实际：${used.join("、") || "没有"}`,
            en: `Wanted ${expect.runbook}, executed: ${used.join(", ") || "none"}`,
          },
    ),
    mitigatedLine(facts),
  ];
}

function mitigatedLine(facts: ScoreFacts): ScoreLine {
  const { mitigatedWithinS } = facts.expect;
  const mitigation = mitigationOf(facts);
  if (mitigation.by !== "itself")
    return timed("mitigated", mitigation.by === "nobody" ? null : mitigation.atS, mitigatedWithinS);
  return lineOf(
    "mitigated",
    0,
    { tookS: null, withinS: mitigatedWithinS, healedS: shown(mitigation.atS) },
    {
      "zh-CN": "故障撤回之后才自行恢复，没有人处理过它",
      en: "Healed by itself, only once the fault was taken back: nobody had done anything about it",
    },
  );
}

/** What it did to buyers and rows, and whether it is gone. */
function harmLines({ buyers, violations, failedOrders, reverted, expect }: ScoreFacts): ScoreLine[] {
  const beyond = Math.max(0, buyers.touched - buyers.allowed) + buyers.failed + buyers.refused;
  const wrong = violations?.reduce((all, { count }) => all + count, 0) ?? null;
  const named = violations?.map(({ invariant }) => invariant).join(", ") ?? "";
  const isWhole = reverted.verified === reverted.faults && reverted.hypothesisHolds;
  return [
    lineOf(
      "buyers_unaffected",
      beyond === 0 ? 1 : 0,
      { ...buyers },
      beyond === 0
        ? { "zh-CN": "真实买家未受影响", en: "No real buyer was affected" }
        : {
            "zh-CN": `真实买家：触及 ${buyers.touched}（允许 ${buyers.allowed}），失败 ${buyers.failed}，被拒 ${buyers.refused}`,
            en: `Real buyers: ${buyers.touched} touched of ${buyers.allowed} allowed, ${buyers.failed} failed, ${buyers.refused} refused`,
          },
    ),
    lineOf(
      "invariants",
      wrong === 0 ? 1 : 0,
      { violations: wrong, invariants: named || null },
      wrong === 0
        ? { "zh-CN": "库存、资金、卡密全部一致", en: "Stock, money and codes all add up" }
        : wrong === null
          ? { "zh-CN": "无法检查", en: "They could not be looked through" }
          : { "zh-CN": `${wrong} 处不一致：${named}`, en: `${wrong} violations: ${named}` },
    ),
    handoffLine(failedOrders, expect.tickets),
    lineOf(
      "reverted",
      isWhole ? 1 : 0,
      { ...reverted },
      isWhole
        ? { "zh-CN": "故障已恢复，假设重新成立", en: "Every fault is gone, and what is believed holds again" }
        : {
            "zh-CN": `${reverted.faults} 个故障中 ${reverted.verified} 个核实恢复`,
            en: `${reverted.verified} of ${reverted.faults} faults are verified as gone${reverted.hypothesisHolds ? "" : ", and what is believed does not hold"}`,
          },
    ),
  ];
}

/** Half for the machine, which opens a ticket for each; half for people, of whom one has to have taken some of them over. */
function handoffLine(
  { count, withTicket, taken }: ScoreFacts["failedOrders"],
  isExpected: boolean,
): ScoreLine {
  if (!isExpected || count === 0)
    return without("ticket_handoff", {
      "zh-CN": isExpected ? "没有失败的订单" : "本演练不涉及工单",
      en: isExpected ? "No order failed" : "This drill expects no tickets",
    });
  const opened = withTicket / count;
  return lineOf(
    "ticket_handoff",
    opened / 2 + (taken > 0 ? 0.5 : 0),
    { count, withTicket, taken },
    {
      "zh-CN": `${count} 个失败订单，${withTicket} 个有工单，${taken === 0 ? "没有人接手" : `${taken} 个有人接手`}`,
      en: `${withTicket} of ${count} failed orders have their ticket, and ${taken === 0 ? "nobody took any of them over" : `people took over ${taken}`}`,
    },
  );
}
